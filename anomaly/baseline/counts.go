package baseline

import (
	"encoding/binary"
	"math"
)

// Counts is a row of counts in as few bytes as keep them exactly: whole numbers
// below 126 in one, below 16,382 in two, missing ones (NaN) in one, any other
// float in five. Whole numbers are varints (as in encoding/binary), moved up by
// what stands before them.
type Counts []byte

// What a varint says that is no whole number.
const (
	countRaw     = iota // the float's four bytes follow
	countMissing        // NaN
	countWhole          // nought; from here on whole numbers
)

// Append adds one count.
func (c Counts) Append(x float32) Counts {
	switch {
	case x != x:
		return append(c, countMissing)
	case x >= 0 && x < 1<<24 && x == float32(uint32(x)):
		return binary.AppendUvarint(c, uint64(x)+countWhole)
	}
	return binary.LittleEndian.AppendUint32(append(c, countRaw), math.Float32bits(x))
}

// Next takes the first count off; ok is false where there is none.
func (c *Counts) Next() (x float32, ok bool) {
	v, n := binary.Uvarint(*c)
	if n <= 0 {
		return 0, false
	}
	rest := (*c)[n:]
	switch {
	case v == countMissing:
		x = float32(math.NaN())
	case v >= countWhole:
		x = float32(v - countWhole)
	case len(rest) < 4:
		return 0, false
	default:
		x, rest = math.Float32frombits(binary.LittleEndian.Uint32(rest)), rest[4:]
	}
	*c = rest
	return x, true
}
