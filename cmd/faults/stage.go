package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// setting is what a scenario is played with.
type setting struct {
	embedded bool   // no Redis: the embedded store
	kept     bool   // --data-dir: a spool beside Redis, a journal for the embedded store
	pair     bool   // two web processes
	wired    bool   // Redis is reached by a wire
	late     bool   // Redis is not there at the start
	secret   bool   // --secret-file
	small    string // the folder that lies on a small disk
}

// stage is the servers and the crowd of one scenario.
type stage struct {
	setting
	o      options
	dir    string
	redis  *redisServer // nil with the embedded store
	wire   *wire        // nil unless wired
	webs   []*web
	crowd  *crowd
	idle   *control
	ledger *ledger
	chance *rand.Rand
	began  time.Time
	disk   *disk // nil unless a data folder lies on a small one

	emptied time.Time // when somebody last emptied the store
	times   int
	notes   []string
	wrong   []error // what should not have been, besides the counts
}

func (st *stage) complain(format string, args ...any) {
	st.wrong = append(st.wrong, fmt.Errorf(format, args...))
}

// Whoever draws has a row of chances of their own, so that what one draws does
// not depend on when the others do.
const (
	chancesOfFaults = iota
	chancesOfCrowd
	chancesOfWire
)

func (o options) chances(of uint64) *rand.Rand { return rand.New(rand.NewPCG(o.seed, of)) }

// build sets the stage; strike it in any case.
func (st *stage) build(ctx context.Context) error {
	if err := os.MkdirAll(st.folder("redis"), 0o700); err != nil {
		return err
	}
	text, err := catalogue(st.o.services)
	if err != nil {
		return err
	}
	if err := os.WriteFile(st.folder("catalog.json"), text, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(st.folder("secret"), []byte(strings.Repeat("a secret of the test. ", 4)), 0o600); err != nil {
		return err
	}
	if st.small != "" {
		if st.disk, err = mountDisk(st.folder(st.small)); err != nil {
			return err
		}
	}
	if err := st.buildRedis(ctx); err != nil {
		return err
	}
	return st.buildWebs(ctx)
}

func (st *stage) folder(name string) string { return filepath.Join(st.dir, name) }

func (st *stage) buildRedis(ctx context.Context) (err error) {
	if st.embedded {
		return nil
	}
	if st.redis, err = newRedis(st.o.redis, st.folder("redis"), st.folder("redis.log")); err != nil {
		return err
	}
	if st.wired {
		if st.wire, err = newWire(st.redis.addr, st.o.chances(chancesOfWire)); err != nil {
			return err
		}
	}
	if st.late {
		return nil
	}
	return st.redis.start(ctx)
}

func (st *stage) buildWebs(ctx context.Context) error {
	var addrs []string
	count := 1
	if st.pair {
		count = 2
	}
	for n := range count {
		args := []string{"--catalog", st.folder("catalog.json")}
		if st.redis != nil {
			addr := st.redis.addr
			if st.wire != nil {
				addr = st.wire.addr()
			}
			args = append(args, "--redis-url", "redis://"+addr)
		}
		if st.kept {
			args = append(args, "--data-dir", st.folder(fmt.Sprintf("data-%d", n)))
		}
		if st.secret {
			args = append(args, "--secret-file", st.folder("secret"))
		}
		w, err := newWeb(st.o.outcry, st.folder(fmt.Sprintf("outcry-%d.log", n)), args...)
		if err != nil {
			return err
		}
		st.webs = append(st.webs, w)
		addrs = append(addrs, w.addr)
		if err := w.start(ctx); err != nil {
			return err
		}
	}
	var err error
	if st.idle, err = newControl(ctx, st.folder("control")); err != nil {
		return err
	}
	st.crowd = newCrowd(st.o, addrs, st.o.chances(chancesOfCrowd))
	st.ledger = st.crowd.ledger
	return nil
}

// strike ends all that the stage runs.
func (st *stage) strike() {
	if st.idle != nil {
		st.idle.end()
	}
	for _, w := range st.webs {
		w.kill()
	}
	if st.wire != nil {
		st.wire.close()
	}
	if st.redis != nil {
		st.redis.kill()
	}
	if st.disk != nil {
		st.disk.unmount()
	}
}

// mend puts right whatever a fault left wrong.
func (st *stage) mend(ctx context.Context) error {
	if st.disk != nil {
		st.disk.free()
	}
	if st.wire != nil {
		st.wire.set(weather{})
	}
	if st.redis != nil && !st.redis.alive() {
		if err := st.redis.start(ctx); err != nil {
			return err
		}
	}
	for _, w := range st.webs {
		if !w.alive() {
			return fmt.Errorf("outcry ended by itself; see %s", w.log)
		}
	}
	return nil
}

// play plays one scenario and proves its counts.
func play(ctx context.Context, s scenario, o options, dir string) (row, error) {
	st := &stage{setting: s.setting, o: o, dir: filepath.Join(dir, strings.ReplaceAll(s.name, "/", "-")),
		chance: o.chances(chancesOfFaults), began: time.Now()}
	defer st.strike()
	result := row{name: s.name}
	if err := st.build(ctx); err != nil {
		return result, err
	}
	err := st.perform(ctx, s)
	if err == nil {
		err = st.prove(ctx, &result)
	}
	if err == nil && s.after != nil {
		err = s.after(ctx, st)
	}
	st.fill(&result)
	return result, errors.Join(err, st.judge(s, result))
}

// afterwards is how long the load goes on after the last fault at least.
const afterwards = 500 * time.Millisecond

// perform lets the faults happen while the crowd reports.
func (st *stage) perform(ctx context.Context, s scenario) error {
	loaded, over := make(chan error, 1), make(chan struct{})
	if s.load != nil {
		loaded <- s.load(ctx, st)
	} else {
		go func() { loaded <- st.crowd.openLoop(ctx, st.o.rate, st.o.length, over, true) }()
	}
	var err error
	if s.faults != nil {
		err = s.faults(ctx, st)
	}
	err = errors.Join(err, st.mend(ctx))
	pause(ctx, afterwards)
	close(over)
	err = errors.Join(err, <-loaded)
	st.idle.end()
	return err
}

// prove compares the counts with what was acknowledged: with bounds while the
// fate of some reports is unknown, and then, after those were sent again,
// exactly.
func (st *stage) prove(ctx context.Context, r *row) error {
	r.tally = st.ledger.tally()
	p, took, err := st.agree(ctx)
	r.proof, r.settled = p, took
	if err != nil {
		return err
	}
	if r.unknown > 0 {
		before := p.counted
		if err := st.crowd.settle(ctx); err != nil {
			return err
		}
		// Those that were not there yet are now, and no others.
		if p, _, err = st.agree(ctx); err != nil {
			r.proof = p
			return err
		}
		r.there = r.unknown - (p.counted - before)
	}
	return nil
}

// agree reads the counts until nothing is missing, which takes how long it
// says, and once more after a moment, for what was sent by somebody who gave up
// may be done late.
func (st *stage) agree(ctx context.Context) (p proof, took time.Duration, err error) {
	began := time.Now()
	look := func() (err error) {
		if p, err = st.count(ctx); err == nil && !p.holds() {
			err = fmt.Errorf("%d acknowledged reports are missing, %d are counted twice", p.missing, p.twice)
		}
		return err
	}
	err = until(ctx, st.o.read, 200*time.Millisecond, look)
	took = time.Since(began)
	if err == nil && pause(ctx, 1500*time.Millisecond) {
		err = look()
	}
	return p, took, err
}

// count compares what is counted now, by the API and in Redis, with what is
// expected. The worse of the two is the answer.
func (st *stage) count(ctx context.Context) (proof, error) {
	expected := st.ledger.expected(st.emptied)
	from, to, phases := st.began.Add(-time.Minute), time.Now().Add(2*time.Minute), st.ledger.phase+1
	var worst proof
	for _, w := range st.webs {
		counts, err := countsByAPI(w, st.o.services, phases, from, to)
		if err != nil {
			return worst, err
		}
		if worst = compare(expected, counts); !worst.holds() {
			return worst, nil
		}
	}
	if st.redis == nil {
		return worst, nil
	}
	counts, others, err := countsInRedis(ctx, st.redis.addr, st.o.services, phases, from, to)
	if err != nil {
		return worst, err
	}
	if p := compare(expected, counts); !p.holds() {
		return p, nil
	}
	if discounted := st.ledger.tally().discounted; others > discounted {
		return worst, fmt.Errorf("Redis has %d reports that are no counted complaints, and %d were answered so", others, discounted)
	}
	return worst, nil
}

// fill takes the rest of a row from the ledger.
func (st *stage) fill(r *row) {
	l := st.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	r.times, r.refused, r.broken, r.bare = st.times, l.refused, l.broken, l.bare
	r.slowest, r.slow, r.recovery, r.notes = l.slowest, l.slow, l.recovery, st.notes
	r.machine = st.idle.slowest
	for _, w := range st.webs {
		r.start = max(r.start, w.slowest)
	}
	r.generatorShort = st.crowd.held.Load()
}

// slowMachine is from when on the machine itself takes so long for an answer
// that a server which gives up after a second may have to refuse.
const slowMachine = 300 * time.Millisecond

// judge is what must hold besides the counts.
func (st *stage) judge(s scenario, r row) error {
	errs := st.wrong
	// Client and server stand in a row, and the machine may hold up both.
	for _, x := range []struct {
		what       string
		took, most time.Duration
	}{{"an answer", r.slowest, st.o.answer + 2*r.machine}, {"recovery", r.recovery, st.o.recovery + 2*r.machine}} {
		if x.took > x.most {
			errs = append(errs, fmt.Errorf("%s took %v, and %v are accepted", x.what, x.took.Round(time.Millisecond), x.most.Round(time.Millisecond)))
		}
	}
	if !st.ledger.ended.IsZero() {
		errs = append(errs, errors.New("nobody was served after the last fault"))
	}
	if len(st.ledger.wrong) > 0 {
		errs = append(errs, fmt.Errorf("answers that nobody should get, by status: %v", st.ledger.wrong))
	}
	if r.bare > 0 {
		errs = append(errs, fmt.Errorf("%d refusals came without Retry-After", r.bare))
	}
	if s.neverRefuses && r.refused > 0 && r.machine < slowMachine {
		errs = append(errs, fmt.Errorf("%d reports were refused though the journal had room", r.refused))
	}
	for _, w := range st.webs {
		lines, err := w.panics()
		if err != nil {
			errs = append(errs, err)
		}
		if len(lines) > 0 {
			errs = append(errs, fmt.Errorf("outcry panicked: %s", lines[0]))
		}
	}
	return errors.Join(errs...)
}
