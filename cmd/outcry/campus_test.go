package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"outcry"
)

// TestACampusIsNotTurnedAway: five thousand people behind sixteen addresses are
// all answered 201, told what became of their report, and found again as
// counted or discounted.
func TestACampusIsNotTurnedAway(t *testing.T) {
	const people, addresses, clients = 5000, 16, 64
	base, _ := start(t, "--trusted-proxies", "127.0.0.1")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	became := map[any]int{}
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < people; i += clients {
				from := netip.AddrFrom4([4]byte{198, 51, 100, byte(i % addresses)})
				status, answer := post(t, client, base, from.String(), fmt.Sprintf(`{"service":"coursera","device":"phone-%d"}`, i))
				if status != http.StatusCreated {
					t.Errorf("person %d was answered %d: %v", i, status, answer)
				}
				mu.Lock()
				became[answer["reason"]]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// The network's cap binds first: 60 of one /24 in a quarter of an hour.
	counted := became[nil]
	if counted < 60 || counted > 120 || counted+became["address_limit"]+became["network_limit"] != people {
		t.Errorf("their reports became %v", became)
	}
	var verdict outcry.Verdict
	get(t, base+"/api/v1/services/coursera", &verdict)
	if s := verdict.Sources; s.Reports != counted || s.Discounted != people-counted {
		t.Errorf("the verdict has %+v, want %d counted", s, counted)
	}
}
