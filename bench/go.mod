module github.com/dugong-http/dugong/bench

go 1.26.0

require (
	github.com/dugong-http/dugong v0.0.0
	github.com/valyala/fasthttp v1.68.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/andybalholm/brotli v1.2.0 // indirect
	github.com/klauspost/compress v1.18.1 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/dugong-http/dugong => ../
