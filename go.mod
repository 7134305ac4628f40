module github.com/dugong-http/dugong

go 1.26
