package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// bucketBounds are seconds.
var bucketBounds = [...]float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}

// metrics writes the text format by hand: a client library would be most of the image.
type metrics struct {
	mutex    sync.Mutex
	requests map[int]uint64
	buckets  [len(bucketBounds)]uint64
	count    uint64
	sum      float64
}

// newMetrics starts both codes at zero: a counter that appears with its first error has no increase yet.
func newMetrics() *metrics {
	return &metrics{requests: map[int]uint64{http.StatusOK: 0, http.StatusInternalServerError: 0}}
}

func (m *metrics) observe(code int, duration time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	seconds := duration.Seconds()
	m.requests[code]++
	m.count++
	m.sum += seconds
	for i, bound := range bucketBounds {
		if seconds <= bound {
			m.buckets[i]++
		}
	}
}

func (m *metrics) serve(response http.ResponseWriter, _ *http.Request) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	response.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(response, "# TYPE http_requests_total counter")
	for code, requests := range m.requests {
		fmt.Fprintf(response, "http_requests_total{code=\"%d\"} %d\n", code, requests)
	}
	fmt.Fprintln(response, "# TYPE http_request_duration_seconds histogram")
	for i, bound := range bucketBounds {
		fmt.Fprintf(response, "http_request_duration_seconds_bucket{le=\"%g\"} %d\n", bound, m.buckets[i])
	}
	fmt.Fprintf(response, "http_request_duration_seconds_bucket{le=\"+Inf\"} %d\n", m.count)
	fmt.Fprintf(response, "http_request_duration_seconds_sum %g\n", m.sum)
	fmt.Fprintf(response, "http_request_duration_seconds_count %d\n", m.count)
}
