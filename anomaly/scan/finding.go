package scan

// Finding is what a board says of one part after a step.
type Finding struct {
	Key                         string
	Count, Expected             float64 // of the newest bin
	Evidence                    float64 // nats, of the part alone
	Alarm                       bool
	Onset                       int64 // minutes since 1970, of the running alarm
	Bins                        int   // length of the window, without an alarm
	WindowCount, WindowExpected float64
}

// recentMinutes is the window shown of a part that is quiet.
const recentMinutes = 30

// Finding of part i.
func (b *Board) Finding(i int) Finding {
	p := &b.Parts[i]
	share := b.Share(i)
	f := Finding{
		Key: p.Key, Count: float64(p.Ring[b.At]), Expected: share * max(0, float64(b.Usual[b.At])),
		Evidence: p.best.evidence, Alarm: p.Alarm.On, Onset: p.Alarm.Onset,
	}
	switch {
	case p.Alarm.On:
		f.WindowCount, f.WindowExpected = p.Alarm.Count, p.Alarm.Mean
	case p.best.evidence > 0:
		f.Bins, f.WindowCount, f.WindowExpected = p.best.bins, p.best.count, p.best.mean
	default:
		one := zone{members: []int{i}}
		f.Bins = max(1, int(recentMinutes/b.bin))
		for n := range f.Bins {
			x, excess := b.ago(&one, n, share)
			f.WindowCount += x
			f.WindowExpected += x - excess
		}
	}
	return f
}
