package store

import (
	"encoding/binary"
	"strconv"

	"outcry"
)

// list is one of the lists that add.lua's reports point into: each text once.
type list struct {
	texts []string
	at    map[string]uint16 // text → its number, from 1
}

func newList(room int) list {
	return list{texts: make([]string, 0, room), at: make(map[string]uint16, room)}
}

// number is the text's, and 0 for none.
func (l *list) number(text []byte) uint16 {
	if len(text) == 0 {
		return 0
	}
	n, known := l.at[string(text)]
	if !known {
		l.texts = append(l.texts, string(text))
		n = uint16(len(l.texts))
		l.at[l.texts[n-1]] = n
	}
	return n
}

// encoder lays a batch out as add.lua reads it.
type encoder struct {
	service                      string
	count                        int // of reports
	keys                         []string
	fields                       []list        // of the keys from hours on
	hours                        map[int64]int // hour → the number of its first key
	records, marks, caps, moment list
	reports                      []byte
	results, lines               []byte // of each report, its record and its line
	lengths                      []byte // of the lines
	comments                     []any
	text                         []byte // being put together
}

// The keys of an hour, from its first on.
const (
	ofCounts = iota
	ofRegions
	ofNetworks
	keysOfHour
)

// fixedKeys are those before the first hour's.
const fixedKeys = 10

// encode lays a batch out whose reports fall into the same windows.
func (s *Store) encode(batch []outcry.Report) call {
	service, at, n := batch[0].Service, batch[0].Received, len(batch)
	day, half, quarter := window(at, recordWindow), window(at, markWindow), window(at, capWindow)
	e := encoder{
		service: service, count: n, hours: map[int64]int{},
		keys: append(make([]string, 0, fixedKeys+keysOfHour), reportsKey(service),
			recordsKey(service, day), recordsKey(service, day-1), recordsKey(service, day+1),
			marksKey(service, half), marksKey(service, half-1), marksKey(service, half+1),
			capsKey(service, quarter), capsKey(service, quarter-1), commentsKey(service)),
		records: newList(n), marks: newList(n), caps: newList(2 * n), moment: newList(1),
		reports: make([]byte, 0, 31*n), results: make([]byte, 0, 64*n),
		lines: make([]byte, 0, 128*n), lengths: make([]byte, 0, 2*n), text: make([]byte, 0, 128),
	}
	newest := at
	for _, r := range batch {
		if r.Received.After(newest) {
			newest = r.Received
		}
		e.add(r, s.config)
	}
	return call{keys: e.keys, args: e.args(s.config, max(newest.Add(-s.config.Retention.Stream).UnixMilli(), 0))}
}

// args are what add.lua takes as ARGV.
func (e *encoder) args(c Config, oldest int64) []any {
	lists := append(append([]list{e.records, e.marks, e.caps}, e.fields...), e.moment)
	all := 0
	for _, l := range lists {
		all += len(l.texts)
	}
	lengths := make([]byte, 0, 2*len(e.fields))
	for _, l := range e.fields {
		lengths = binary.BigEndian.AppendUint16(lengths, uint16(len(l.texts)))
	}
	keep := c.Retention
	args := append(make([]any, 0, 22+all+len(e.comments)),
		c.StreamLength, oldest, seconds(keep.Stream),
		seconds(keep.Records+recordWindow), seconds(keep.Marks+markWindow), seconds(keep.bucketTTL()), seconds(keep.Comments),
		c.FloodFactor, c.MaxNetworks, c.MaxComments, seconds(markWindow), seconds(capWindow),
		len(e.records.texts), len(e.marks.texts), len(e.caps.texts), lengths, len(e.moment.texts), e.count,
		e.reports, e.results, e.lengths, e.lines)
	for _, l := range lists {
		for _, text := range l.texts {
			args = append(args, text)
		}
	}
	return append(args, e.comments...)
}

// add lays out a report: its class, then the numbers of its id, person, former
// person, address, network, moment, of its hour's first key, of the bucket
// fields that it raises if it counts (its symptom's or class', region's,
// network's, and the one of networks beyond the most), of the field it raises
// if it is discounted, its caps, and the length of its record if it counts.
func (e *encoder) add(r outcry.Report, c Config) {
	class, minute := classOf(r), minuteOf(r.Occurred)
	put := func(number uint16) { e.reports = binary.BigEndian.AppendUint16(e.reports, number) }
	e.reports = append(e.reports, class[0])
	put(e.records.number(append(e.text[:0], recordKey(r)...)))
	put(e.marks.number(e.who(markClass(class), "", r.Source.Person)))
	put(e.marks.number(e.who(markClass(class), "", r.Source.Former)))
	put(e.caps.number(e.who(class, "a", r.Source.Address)))
	put(e.caps.number(e.who(class, "n", r.Source.Network)))
	put(e.moment.number(strconv.AppendInt(e.text[:0], r.Received.Unix(), 10)))
	hour := e.hour(hourOfMinute(minute))
	put(uint16(hour))
	network := ""
	if class == classDown {
		network = networkKey(r)
		put(e.field(hour+ofCounts, minute, r.Symptom))
		put(e.field(hour+ofRegions, minute, r.Place.Key()))
		put(e.field(hour+ofNetworks, minute, network))
		if r.Place.ASN == 0 {
			put(e.field(hour+ofNetworks, minute, "~"))
		} else {
			put(0)
		}
	} else {
		put(e.field(hour+ofCounts, minute, "+"+class))
		put(0)
		put(0)
		put(0)
	}
	put(e.field(hour+ofCounts, minute, "+"+classDiscounted))
	addressCap, networkCap := c.caps(r)
	put(uint16(min(addressCap, 1<<16-1)))
	put(uint16(min(networkCap, 1<<16-1)))
	before := len(e.results)
	e.results = appendRecord(e.results, r, class, network)
	put(uint16(len(e.results) - before))
	before = len(e.lines)
	e.lines = appendLine(e.lines, r)
	e.lengths = binary.BigEndian.AppendUint16(e.lengths, uint16(len(e.lines)-before))
	if r.Comment != "" {
		e.comments = append(e.comments, len(e.lengths)/2, comment(r))
	}
}

// who is the field of a person, an address or a network among its class; none
// for nobody.
func (e *encoder) who(class, kind, hash string) []byte {
	if hash == "" {
		return nil
	}
	return append(append(append(e.text[:0], class...), kind...), hash...)
}

// hour is the number of an hour's first key.
func (e *encoder) hour(h int64) int {
	first, known := e.hours[h]
	if !known {
		first = len(e.keys) + 1
		e.keys = append(e.keys, countsKey(e.service, h), regionsKey(e.service, h), networksKey(e.service, h))
		e.fields = append(e.fields, newList(2), newList(min(e.count, 64)), newList(e.count))
		e.hours[h] = first
	}
	return first
}

// field is the number of a bucket's field among those of a key.
func (e *encoder) field(key int, minute int64, name string) uint16 {
	return e.fields[key-fixedKeys-1].number(appendMinuteField(e.text[:0], minute, name))
}

// caps are the address' and the network's for r.
func (c Config) caps(r outcry.Report) (address, network int) {
	address, network = c.AddressCap, c.NetworkCap
	if r.AddressCap > address {
		network = network * r.AddressCap / address
	}
	if r.AddressCap > 0 {
		address = r.AddressCap
	}
	return address, network
}
