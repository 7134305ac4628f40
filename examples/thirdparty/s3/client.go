// Package s3 puts minio-go on a dugonghttp.Transport: many small objects over
// few connections, large ones each on its own.
package s3

import (
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/dugong-http/dugong/dugonghttp"
)

// New makes a client for the server at endpoint (host:port).
//
// With S3 every request has a signature of its own in Authorization, so no two
// requests look as if they came from the same user, and none of them would
// share a connection. All requests of this client belong to one account:
// MixCredentials says so. Do not give the same Transport to another account
// where that matters to you.
func New(endpoint, key, secret string, tr *dugonghttp.Transport) (*minio.Client, error) {
	tr.MixCredentials = true
	return minio.New(endpoint, &minio.Options{
		Creds:     credentials.NewStaticV4(key, secret, ""),
		Transport: tr,
		Region:    "us-east-1",
	})
}
