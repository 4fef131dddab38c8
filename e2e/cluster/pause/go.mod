module openfunction.test/pause

go 1.22
