package frontend

import (
	"io"
	"testing"
)

func TestZeroPagesRender(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func(io.Writer) error{
		"home":        func(w io.Writer) error { return r.Home(w, HomePage{}) },
		"service":     func(w io.Writer) error { return r.Service(w, ServicePage{}) },
		"map":         func(w io.Writer) error { return r.Map(w, MapPage{}) },
		"incidents":   func(w io.Writer) error { return r.Incidents(w, IncidentsPage{}) },
		"incident":    func(w io.Writer) error { return r.Incident(w, IncidentPage{}) },
		"receipt":     func(w io.Writer) error { return r.Receipt(w, ReceiptPage{}) },
		"methodology": func(w io.Writer) error { return r.Methodology(w, MethodologyPage{}) },
		"scorecard":   func(w io.Writer) error { return r.Scorecard(w, ScorecardPage{}) },
		"data":        func(w io.Writer) error { return r.Data(w, DataPage{}) },
		"about":       func(w io.Writer) error { return r.About(w, AboutPage{}) },
		"embed":       func(w io.Writer) error { return r.Embed(w, EmbedPage{}) },
		"error":       func(w io.Writer) error { return r.Error(w, ErrorPage{}) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := draw(io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
}
