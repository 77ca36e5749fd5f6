package samlocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"sync"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Server is sam local start-lambda with a container that waits for events.
type Server struct {
	function *Function
	command  *exec.Cmd
	end      context.CancelFunc
	exited   chan struct{}
	exit     error // read after exited is closed
	printed  *listening
	client   *lambda.Client
}

// Serve starts sam local start-lambda and returns when it listens. It ends with the
// context, or with Stop.
func (f *Function) Serve(ctx context.Context) (*Server, error) {
	ctx, end := context.WithCancel(ctx)
	s := &Server{function: f, end: end, exited: make(chan struct{}), printed: &listening{url: make(chan string, 1)}}
	s.command = f.command(ctx, "start-lambda", "--host", "127.0.0.1", "--port", "0", "--warm-containers", "EAGER", "--no-watch")
	s.command.Stdout, s.command.Stderr = s.printed, s.printed
	if err := s.command.Start(); err != nil {
		end()
		return nil, err
	}
	go func() {
		s.exit = s.command.Wait()
		end()
		close(s.exited)
	}()
	select {
	case url := <-s.printed.url:
		s.client = lambda.New(lambda.Options{
			BaseEndpoint: &url, Region: f.Config.Region, RetryMaxAttempts: 1,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "anybody", SecretAccessKey: "is let in"}, nil
			}),
		})
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("sam local start-lambda ended before it listened: %w:\n%s", errors.Join(s.exit, context.Cause(ctx)), s.printed)
	}
}

// Invoke runs one event, asked for by the function's name as with AWS.
func (s *Server) Invoke(ctx context.Context, event []byte) (Answer, error) {
	out, err := s.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &s.function.Name, Payload: event})
	if err != nil {
		return Answer{}, fmt.Errorf("sam local start-lambda: invoke %s: %w:\n%s", s.function.Name, err, s.printed)
	}
	return Answer{Payload: bytes.TrimSpace(out.Payload), FunctionError: aws.ToString(out.FunctionError)}, nil
}

// Stop ends it, and its containers; it may have ended already. If it does not end
// in time it is killed, and its containers are left to Local.Close.
func (s *Server) Stop() error {
	s.end()
	<-s.exited
	if status, ok := s.command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return fmt.Errorf("sam local start-lambda did not end within %v, and was killed:\n%s", s.command.WaitDelay, s.printed)
	}
	return nil
}

// listening keeps what SAM CLI prints, and finds in it where it listens.
type listening struct {
	mu      sync.Mutex
	printed bytes.Buffer
	url     chan string
	found   bool
}

var where = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)\s`)

func (l *listening) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printed.Write(p)
	if !l.found {
		if url := where.FindSubmatch(l.printed.Bytes()); url != nil {
			l.found = true
			l.url <- string(url[1])
		}
	}
	return len(p), nil
}

func (l *listening) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.printed.String()
}
