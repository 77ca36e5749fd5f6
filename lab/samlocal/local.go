package samlocal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"rekey/lab"
)

// Local is SAM CLI with one lab as its AWS.
type Local struct {
	setup   Setup
	lab     *lab.Lab
	dir     string // what SAM CLI takes for the home directory
	gateway string // this machine's address on the engine's bridge
	port    int
	inside  string // the lab's URL, in containers
	outside string // the same, on this machine
	ending  time.Duration

	server *http.Server
	stop   context.CancelFunc
	ends   sync.WaitGroup
}

// host is the name by which containers know this machine.
const host = "host.docker.internal"

// Start has the lab listen on the engine's bridge, where nobody but this machine
// and its containers reaches it, and makes an image for functions. The lab's clock
// follows the wall. From here on the lab takes no code any more, for everybody knows
// the password of its root users.
func (s Setup) Start(ctx context.Context, l *lab.Lab) (*Local, error) {
	local := &Local{setup: s, lab: l, ending: ending}
	if err := local.start(ctx); err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return local, nil
}

func (l *Local) start(ctx context.Context) (err error) {
	if l.dir, err = os.MkdirTemp("", "rekey-sam-local-"); err != nil {
		return err
	}
	if err := settle(l.dir); err != nil {
		return err
	}
	if l.gateway, err = l.setup.bridge(ctx); err != nil {
		return err
	}
	if err := l.listen(ctx); err != nil {
		return err
	}
	return l.makeImage(ctx)
}

// settle writes SAM CLI's own settings: it asks nobody whether there is a newer
// version, for it has just asked, and tells nobody of its use.
func settle(dir string) error {
	if err := os.Mkdir(filepath.Join(dir, ".aws-sam"), 0o700); err != nil {
		return err
	}
	settings := fmt.Sprintf(`{"telemetryEnabled": false, "lastVersionCheck": %d}`, time.Now().Unix())
	return os.WriteFile(filepath.Join(dir, ".aws-sam", "metadata.json"), []byte(settings), 0o600)
}

// bridge is this machine's address on the engine's bridge.
func (s Setup) bridge(ctx context.Context) (string, error) {
	address, err := s.engine(ctx, nil, "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}")
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(address); ip == nil || !ip.IsPrivate() {
		return "", fmt.Errorf("the engine's network bridge has %q for this machine's address, which is no private one: SAM CLI's containers could not reach the lab there, or others could", address)
	}
	return address, nil
}

func (l *Local) listen(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(l.gateway, "0"))
	if err != nil {
		return fmt.Errorf("serve the lab on the engine's bridge, which must be on this machine: %w", err)
	}
	l.port = listener.Addr().(*net.TCPAddr).Port
	l.outside = "http://" + listener.Addr().String()
	l.inside = "http://" + net.JoinHostPort(host, strconv.Itoa(l.port))
	l.lab.Lambda.Uploads = false
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.server = &http.Server{Handler: l.lab.Loopback(), ReadHeaderTimeout: 10 * time.Second}
	l.ends.Go(func() { l.lab.World.Run(run) })
	l.ends.Go(func() { _ = l.server.Serve(listener) }) // ends when it is closed
	return nil
}

// Close removes every container and image of this run, and the lab listens no
// more. The lab stays.
func (l *Local) Close() error {
	var all []error
	if l.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		all = append(all, l.removeContainers(ctx), l.removeImages(ctx), l.server.Close())
		l.stop()
		l.ends.Wait()
	}
	return errors.Join(append(all, os.RemoveAll(l.dir))...)
}

// removeContainers takes away what SAM CLI can leave behind, where it was ended.
func (l *Local) removeContainers(ctx context.Context) error {
	images, err := l.images(ctx)
	if err != nil {
		return err
	}
	var all []error
	for _, image := range images {
		ids, err := l.setup.engine(ctx, nil, "ps", "--all", "--quiet", "--filter", "ancestor="+image)
		if err == nil && ids != "" {
			_, err = l.setup.engine(ctx, nil, append([]string{"rm", "--force"}, strings.Fields(ids)...)...)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (l *Local) removeImages(ctx context.Context) error {
	images, err := l.images(ctx)
	if err != nil || len(images) == 0 {
		return err
	}
	_, err = l.setup.engine(ctx, nil, append([]string{"rmi", "--force"}, images...)...)
	return err
}

// images are ours and those that SAM CLI made of it.
func (l *Local) images(ctx context.Context) ([]string, error) {
	out, err := l.setup.engine(ctx, nil, "images", "--format", "{{.Repository}}:{{.Tag}}", l.repository())
	return strings.Fields(out), err
}
