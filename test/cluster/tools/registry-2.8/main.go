// CNCF distribution 2.8 with the storage that the tests use. Its own main package brings the SDKs of every cloud, in
// versions that no Go module pins.
package main

import (
	"fmt"
	"os"

	"github.com/docker/distribution/registry"
	_ "github.com/docker/distribution/registry/storage/driver/filesystem"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
