// Package letsencrypt stands in for a module that is no longer published in the version that distribution 2.8 needs.
// The registry of the tests speaks plain HTTP and asks nobody for certificates.
package letsencrypt

import (
	"crypto/tls"
	"errors"
)

var errAbsent = errors.New("this registry is built without Let's Encrypt")

// Manager refuses whatever it is asked.
type Manager struct{}

func (*Manager) CacheFile(string) error                                        { return errAbsent }
func (*Manager) Registered() bool                                              { return false }
func (*Manager) Register(string, func(string) bool) error                      { return errAbsent }
func (*Manager) SetHosts([]string)                                             {}
func (*Manager) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errAbsent }
