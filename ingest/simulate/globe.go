package simulate

import (
	"net/netip"
	"strings"
	"time"
)

// globe lists homes as "region zone weight" (weight: learners, in arbitrary
// units, about the online population in millions, those of the US doubled).
// It is a sketch of the world, not a census.
const globe = `
US-CA America/Los_Angeles 62	US-TX America/Chicago 48	US-FL America/New_York 36	US-NY America/New_York 34
US-PA America/New_York 22	US-IL America/Chicago 22	US-OH America/New_York 20	US-GA America/New_York 18
US-NC America/New_York 18	US-MI America/New_York 17	US-NJ America/New_York 16	US-VA America/New_York 16
US-WA America/Los_Angeles 14	US-AZ America/Phoenix 12	US-MA America/New_York 14	US-TN America/Chicago 11
US-IN America/New_York 11	US-MD America/New_York 12	US-MO America/Chicago 10	US-WI America/Chicago 10
US-CO America/Denver 11	US-MN America/Chicago 10	US-SC America/New_York 8	US-AL America/Chicago 7
US-LA America/Chicago 7	US-KY America/New_York 6	US-OR America/Los_Angeles 8	US-OK America/Chicago 6
US-CT America/New_York 6	US-UT America/Denver 6	US-IA America/Chicago 5	US-NV America/Los_Angeles 5
US-KS America/Chicago 4	US-DC America/New_York 3	US-NM America/Denver 3	US-NE America/Chicago 3
CA-ON America/Toronto 14	CA-QC America/Toronto 8	CA-BC America/Vancouver 5	CA-AB America/Edmonton 4
MX-CMX America/Mexico_City 10	MX-JAL America/Mexico_City 6	MX-NLE America/Monterrey 5
BR-SP America/Sao_Paulo 22	BR-RJ America/Sao_Paulo 9	BR-MG America/Sao_Paulo 9	BR-BA America/Bahia 5
CO-DC America/Bogota 7	CO-ANT America/Bogota 5	AR-B America/Argentina/Buenos_Aires 9	CL-RM America/Santiago 5
PE-LMA America/Lima 7	GB-ENG Europe/London 26	GB-SCT Europe/London 3	IE-L Europe/Dublin 2
DE-NW Europe/Berlin 9	DE-BY Europe/Berlin 7	DE-BW Europe/Berlin 6	DE-BE Europe/Berlin 3
FR-IDF Europe/Paris 8	FR-ARA Europe/Paris 5	ES-MD Europe/Madrid 5	ES-CT Europe/Madrid 5
IT-25 Europe/Rome 6	IT-62 Europe/Rome 4	NL-NH Europe/Amsterdam 4	PL-14 Europe/Warsaw 5
UA-30 Europe/Kyiv 4	TR-34 Europe/Istanbul 9	EG-C Africa/Cairo 9	NG-LA Africa/Lagos 9
KE-30 Africa/Nairobi 5	ZA-GP Africa/Johannesburg 6	SA-01 Asia/Riyadh 5	AE-DU Asia/Dubai 4
IN-MH Asia/Kolkata 24	IN-KA Asia/Kolkata 16	IN-TN Asia/Kolkata 15	IN-DL Asia/Kolkata 14
IN-UP Asia/Kolkata 14	IN-WB Asia/Kolkata 10	PK-PB Asia/Karachi 9	BD-C Asia/Dhaka 7
ID-JK Asia/Jakarta 9	ID-JB Asia/Jakarta 7	PH-00 Asia/Manila 9	VN-SG Asia/Ho_Chi_Minh 7
SG Asia/Singapore 3	KR-11 Asia/Seoul 6	JP-13 Asia/Tokyo 7	JP-27 Asia/Tokyo 4
AU-NSW Australia/Sydney 6	AU-VIC Australia/Melbourne 5	NZ-AUK Pacific/Auckland 2	KZ-75 Asia/Almaty 2`

// worldwide is the whole globe. Each country has three providers; the third is
// a mobile one with IPv6, a /64 a person.
func worldwide() Audience {
	var a Audience
	providers := map[string]uint32{} // a country's first AS number
	fields := strings.Fields(globe)
	for i := 0; i+2 < len(fields); i += 3 {
		region := fields[i]
		home := Home{Country: region[:2], Zone: zone(fields[i+1]), Share: weight(fields[i+2])}
		if len(region) > 2 {
			home.Region = region
		}
		first, known := providers[home.Country]
		if !known {
			first = firstASN + 3*uint32(len(providers))
			providers[home.Country] = first
		}
		home.Networks = homeNetworks(len(a), first)
		a = append(a, home)
	}
	return a
}

// firstASN is the first of the private AS numbers of 16 bits.
const firstASN = 64512

// homeNetworks is the three providers' blocks in the i-th home: a /16 for each
// of the fixed ones, a /40 for the mobile one.
func homeNetworks(i int, asn uint32) []Network {
	block := func(n int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{240 + byte(n>>8), byte(n), 0, 0}), 16)
	}
	mobile := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i)}), 40)
	return []Network{
		{ASN: asn, Share: .45, Prefix: block(2 * i)},
		{ASN: asn + 1, Share: .30, Prefix: block(2*i + 1)},
		{ASN: asn + 2, Share: .25, Prefix: mobile},
	}
}

func weight(s string) float64 {
	var w float64
	for _, c := range s {
		w = 10*w + float64(c-'0')
	}
	return w
}

// zone loads a time zone that the tables name; a test loads them all.
func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// in keeps the homes of these countries or regions.
func (a Audience) in(places ...string) Audience {
	var kept Audience
	for _, h := range a {
		for _, p := range places {
			if h.Country == p || h.Region == p {
				kept = append(kept, h)
			}
		}
	}
	return kept
}

// scaled is a with its shares summing to share.
func (a Audience) scaled(share float64) Audience {
	var sum float64
	for _, h := range a {
		sum += h.Share
	}
	scaled := append(Audience(nil), a...)
	for i := range scaled {
		scaled[i].Share *= share / sum
	}
	return scaled
}

// and joins two audiences; scale both first.
func (a Audience) and(b Audience) Audience { return append(append(Audience(nil), a...), b...) }

// campus is everybody behind one university's network: few addresses for
// thousands of people, in a block of their own at 250.n.0.0/16.
func campus(region, zoneName string, asn uint32, n byte, addresses int) Audience {
	return Audience{{
		Country: region[:2], Region: region, Zone: zone(zoneName), Share: 1,
		Networks: []Network{{
			ASN: asn, Share: 1, Addresses: addresses,
			Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{250, n, 0, 0}), 21),
		}},
	}}
}
