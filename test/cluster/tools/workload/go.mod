module artifactrelease.dev/test/workload

go 1.26.0
