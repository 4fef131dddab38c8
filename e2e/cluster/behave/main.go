// Behave does what BEHAVIOUR says, for tests of whoever runs it: serve, succeed, fail or hang.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	switch os.Getenv("BEHAVIOUR") {
	case "succeed":
		finish(`{"ok":true}`, 0)
	case "fail":
		finish(`{"ok":false}`, 3)
	case "serve":
		fmt.Println("one\ntwo\nthree")
		go accept(":8080")
		go accept(":9000")
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
}

func accept(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	for {
		if connection, err := listener.Accept(); err == nil {
			connection.Close()
		}
	}
}

func finish(result string, code int) {
	if err := os.WriteFile(os.Getenv("OFN_RESULT"), []byte(result), 0o600); err != nil {
		panic(err)
	}
	os.Exit(code)
}
