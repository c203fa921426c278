// Command workload is the web server that the tests release. How it behaves is baked into its image, so that a
// digest is good or bad by itself:
//
//	MODE         good | erroring | slow | crashing | finishing (ends well at once, as an init container does)
//	ERROR_RATIO  share of requests that an erroring one answers with 500, 0 to 1
//	LATENCY      how long a slow one takes to answer, as a Go duration
//	VERSION      what it calls itself
//
// The node agent adds POD_IP; PORT (8080) may come from the pod.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// crashDelay lets a crashing server pass for a started one, as real crash loops do.
const crashDelay = 200 * time.Millisecond

// drainDelay is below the grace period of any test, and long enough for requests under way.
const drainDelay = 5 * time.Second

type behaviour struct {
	version    string
	errorRatio float64
	latency    time.Duration
}

func main() {
	behaviour, err := behaviourFromEnvironment()
	if err != nil {
		log.Fatal(err)
	}
	if os.Getenv("MODE") == "finishing" {
		return
	}
	if os.Getenv("MODE") == "crashing" {
		time.AfterFunc(crashDelay, func() { log.Fatal("crashing, as the image says") })
	}
	if err := serve(behaviour); err != nil {
		log.Fatal(err)
	}
}

func behaviourFromEnvironment() (behaviour, error) {
	result := behaviour{version: os.Getenv("VERSION")}
	var err error
	switch mode := os.Getenv("MODE"); mode {
	case "good", "crashing", "finishing":
	case "erroring":
		result.errorRatio, err = strconv.ParseFloat(os.Getenv("ERROR_RATIO"), 64)
	case "slow":
		result.latency, err = time.ParseDuration(os.Getenv("LATENCY"))
	default:
		err = fmt.Errorf("MODE=%q is not good, erroring, slow, crashing or finishing", mode)
	}
	return result, err
}

func serve(behaviour behaviour) error {
	metrics := newMetrics()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		started := time.Now()
		code := answer(response, behaviour)
		metrics.observe(code, time.Since(started))
	})
	mux.HandleFunc("/metrics", metrics.serve)
	mux.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) { fmt.Fprintln(response, "ok") })

	server := &http.Server{Addr: listenAddress(), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	drained := make(chan error, 1)
	go func() {
		<-stopped.Done()
		drain, cancel := context.WithTimeout(context.Background(), drainDelay)
		defer cancel()
		drained <- server.Shutdown(drain)
	}()
	log.Printf("%s listens on %s", behaviour.version, server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}

func listenAddress() string {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	return net.JoinHostPort(os.Getenv("POD_IP"), port)
}

func answer(response http.ResponseWriter, behaviour behaviour) int {
	time.Sleep(behaviour.latency)
	code := http.StatusOK
	if rand.Float64() < behaviour.errorRatio {
		code = http.StatusInternalServerError
	}
	response.WriteHeader(code)
	fmt.Fprintln(response, behaviour.version)
	return code
}
