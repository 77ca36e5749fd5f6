// The function of the claims about Lambda: it answers with its event, fails
// where the event asks it to, and reports messages of a batch whose body is
// "bad".
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

type event struct {
	Fail    string
	Exit    bool
	SleepMS int
	Env     string
	Level   string // of a line that it logs
	Records []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
	}
}

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		res, err := http.Get(api + "next")
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			panic(err)
		}
		kind, answer := handle(body)
		res, err = http.Post(api+res.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/"+kind, "application/json", bytes.NewReader(answer))
		if err != nil {
			panic(err)
		}
		_ = res.Body.Close()
	}
}

func handle(body []byte) (kind string, answer []byte) {
	var e event
	_ = json.Unmarshal(body, &e) // an event need not be an object
	fmt.Println("handled an event")
	switch {
	case e.Exit:
		os.Exit(3)
	case e.SleepMS > 0:
		time.Sleep(time.Duration(e.SleepMS) * time.Millisecond)
	case e.Fail != "":
		return "error", []byte(`{"errorType":"Asked","errorMessage":"` + e.Fail + `"}`)
	case e.Level != "":
		fmt.Println(`{"level":"` + e.Level + `"}`)
	case e.Env != "":
		answer, _ = json.Marshal(os.Getenv(e.Env))
		return "response", answer
	case e.Records != nil:
		failures := []map[string]string{}
		for _, r := range e.Records {
			if r.Body == "bad" {
				failures = append(failures, map[string]string{"itemIdentifier": r.MessageID})
			}
		}
		answer, _ = json.Marshal(map[string]any{"batchItemFailures": failures})
		return "response", answer
	}
	return "response", body
}
