package store

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"time"

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
func (l *list) number(text string) uint16 {
	if text == "" {
		return 0
	}
	n, known := l.at[text]
	if !known {
		l.texts = append(l.texts, text)
		n = uint16(len(l.texts))
		l.at[text] = n
	}
	return n
}

// encoder lays a batch out as add.lua reads it.
type encoder struct {
	service                      string
	keys                         []string
	hours                        map[int64]int // hour → the number of its first key
	records, marks, caps, moment list
	fields                       list
	fieldKeys                    []byte // of each field, the number of its key
	reports                      []any
	lines, lengths               []byte
	comments                     []any
}

// The keys of an hour, from its first on.
const (
	ofCounts = iota
	ofRegions
	ofNetworks
	keysOfHour
)

// encode lays a batch out whose reports fall into the same windows.
func (s *Store) encode(batch []outcry.Report) call {
	service, at, n := batch[0].Service, batch[0].Received, len(batch)
	day, half, quarter := window(at, recordWindow), window(at, markWindow), window(at, capWindow)
	e := encoder{
		service: service, hours: map[int64]int{},
		keys: append(make([]string, 0, 10+keysOfHour), reportsKey(service),
			recordsKey(service, day), recordsKey(service, day-1), recordsKey(service, day+1),
			marksKey(service, half), marksKey(service, half-1), marksKey(service, half+1),
			capsKey(service, quarter), capsKey(service, quarter-1), commentsKey(service)),
		records: newList(n), marks: newList(n), caps: newList(2 * n), fields: newList(2 * n), moment: newList(1),
		reports: make([]any, 0, 2*n), lines: make([]byte, 0, 128*n), lengths: make([]byte, 0, 2*n),
	}
	newest := at
	for i, r := range batch {
		if r.Received.After(newest) {
			newest = r.Received
		}
		e.add(r, s.config, i+1)
	}
	keep := s.config.Retention
	args := make([]any, 0, 21+len(e.records.texts)+len(e.marks.texts)+len(e.caps.texts)+len(e.fields.texts)+len(e.moment.texts)+len(e.reports)+len(e.comments))
	args = append(args,
		s.config.StreamLength, max(newest.Add(-keep.Stream).UnixMilli(), 0), seconds(keep.Stream),
		seconds(keep.Records+recordWindow), seconds(keep.Marks+markWindow), seconds(keep.bucketTTL()), seconds(keep.Comments),
		s.config.FloodFactor, s.config.MaxNetworks, s.config.MaxComments, seconds(markWindow), seconds(capWindow),
		len(e.records.texts), len(e.marks.texts), len(e.caps.texts), len(e.fields.texts), len(e.moment.texts), n,
		e.fieldKeys, e.lengths, e.lines)
	for _, l := range [...]list{e.records, e.marks, e.caps, e.fields, e.moment} {
		for _, text := range l.texts {
			args = append(args, text)
		}
	}
	return call{keys: e.keys, args: append(append(args, e.reports...), e.comments...)}
}

// add lays out report n: its class, then the numbers of its id, person, former
// person, address, network, moment, of the bucket fields that it raises if it
// counts (its symptom's or class', region's, network's, and the one of networks
// beyond the most), of the field it raises if it is discounted, and its caps.
func (e *encoder) add(r outcry.Report, c Config, n int) {
	class, minute := classOf(r), minuteOf(r.Occurred)
	received := strconv.FormatInt(r.Received.Unix(), 10)
	record := strconv.FormatInt(minute, 10) + ":" + received + ":" + class
	b := make([]byte, 0, 27)
	b = append(b, class[0])
	put := func(number uint16) { b = binary.BigEndian.AppendUint16(b, number) }
	of := func(kind, who string) string {
		if who == "" {
			return ""
		}
		return class + kind + who
	}
	put(e.records.number(recordKey(r)))
	put(e.marks.number(of("", r.Source.Person)))
	put(e.marks.number(of("", r.Source.Former)))
	put(e.caps.number(of("a", r.Source.Address)))
	put(e.caps.number(of("n", r.Source.Network)))
	put(e.moment.number(received))
	if class == classDown {
		region, network := r.Place.Key(), networkKey(r)
		record += ":" + r.Symptom + ":" + region + ":" + network
		put(e.field(minute, ofCounts, r.Symptom))
		put(e.field(minute, ofRegions, region))
		put(e.field(minute, ofNetworks, network))
		if r.Place.ASN == 0 {
			put(e.field(minute, ofNetworks, "~"))
		} else {
			put(0)
		}
	} else {
		put(e.field(minute, ofCounts, "+"+class))
		put(0)
		put(0)
		put(0)
	}
	put(e.field(minute, ofCounts, "+"+classDiscounted))
	address, network := c.caps(r)
	put(uint16(min(address, 1<<16-1)))
	put(uint16(min(network, 1<<16-1)))
	e.reports = append(e.reports, b, record)
	before := len(e.lines)
	e.lines = appendLine(e.lines, r)
	e.lengths = binary.BigEndian.AppendUint16(e.lengths, uint16(len(e.lines)-before))
	if r.Comment != "" {
		e.comments = append(e.comments, n, comment(r))
	}
}

// field is the number of a bucket's field in a hash of its hour. The hashes of
// an hour have fields of the same name: the number of the key sets them apart.
func (e *encoder) field(minute int64, hash int, name string) uint16 {
	h := hourOfMinute(minute)
	first, known := e.hours[h]
	if !known {
		first = len(e.keys) + 1
		e.keys = append(e.keys, countsKey(e.service, h), regionsKey(e.service, h), networksKey(e.service, h))
		e.hours[h] = first
	}
	text := minuteField(minute, name)
	of := strconv.Itoa(first+hash) + " " + text
	n, known := e.fields.at[of]
	if !known {
		e.fields.texts = append(e.fields.texts, text)
		n = uint16(len(e.fields.texts))
		e.fields.at[of] = n
		e.fieldKeys = binary.BigEndian.AppendUint16(e.fieldKeys, uint16(first+hash))
	}
	return n
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

// line is a report as `outcry replay` reads it. No address, no source, no id.
type line struct {
	Time     time.Time   `json:"time"`
	Received time.Time   `json:"received,omitzero"`
	Service  string      `json:"service"`
	Symptom  string      `json:"symptom"`
	Kind     outcry.Kind `json:"kind,omitempty"`
	Country  string      `json:"country,omitempty"`
	Region   string      `json:"region,omitempty"`
	ASN      uint32      `json:"asn,omitempty"`
}

// appendLine adds r's line and its end. Comments are not in it, as they are
// not public.
func appendLine(b []byte, r outcry.Report) []byte {
	l := line{
		Time: r.Occurred.UTC().Truncate(time.Minute), Service: r.Service, Symptom: r.Symptom,
		Country: r.Place.Country, Region: r.Place.Region, ASN: r.Place.ASN,
	}
	if r.Kind != outcry.KindDown {
		l.Kind = r.Kind
	}
	if received := r.Received.UTC().Truncate(time.Minute); !received.Equal(l.Time) {
		l.Received = received
	}
	text, err := json.Marshal(l)
	if err != nil { // a year beyond 9999
		text = []byte(`{"service":` + strconv.Quote(r.Service) + `}`)
	}
	return append(append(b, text...), '\n')
}
