package frontend

import (
	"testing"

	"outcry"
)

func TestTheSummaryNeverCallsTheUnknownSound(t *testing.T) {
	cards := func(states ...outcry.State) (list []ServiceCard) {
		for _, s := range states {
			list = append(list, ServiceCard{Verdict: outcry.Verdict{State: s}})
		}
		return list
	}
	const ok, maybe, down, dark = outcry.Operational, outcry.Possible, outcry.Likely, outcry.Unknown
	cases := []struct {
		cards []ServiceCard
		want  string
	}{
		{nil, ""},
		{cards(ok, ok), "No sign of trouble in 2 services."},
		{cards(dark, dark), "We cannot tell yet: too little is known about what is usual for the 2 services here. Your report helps."},
		{cards(ok, dark), "Of 2 services, 1 cannot be judged yet."},
		{cards(ok, down, dark), "Of 3 services, 1 is likely down and 1 cannot be judged yet."},
		{cards(down, down, maybe, dark), "Of 4 services, 2 are likely down, 1 may have trouble and 1 cannot be judged yet."},
		{cards(ok, maybe), "Of 2 services, 1 may have trouble."},
	}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := r.homeView(HomePage{Cards: c.cards}).Summary(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
