//go:build tools

// Package tools pins the MinIO server that scripts/e2e.sh builds: the last state of its repository, no release is newer.
package tools

import _ "github.com/minio/minio"
