package detect

import (
	"outcry/anomaly/onset"
	"outcry/anomaly/scan"
)

// MarshalPublic is MarshalBinary without what is known of single regions, of
// which too few people may be behind a number to show it.
func (d *Detector) MarshalPublic() ([]byte, error) {
	public := *d
	public.regions = scan.New(d.config.Bin.Minutes(), d.config.Neighbors)
	public.last.Regions = nil
	return public.MarshalBinary()
}

// Found is the candidate that the evidence of the last bin rests on; guarded is
// its count less what a single bin alone supports. ok is false where there is
// no evidence.
func (d *Detector) Found() (c onset.Candidate, guarded float64, ok bool) {
	c, _, ok = d.total.Candidates.Best(d.total.five)
	if !ok {
		return onset.Candidate{}, 0, false
	}
	return c, c.Guarded(d.total.five), true
}
