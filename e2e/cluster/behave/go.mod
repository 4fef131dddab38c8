module openfunction.test/behave

go 1.22
