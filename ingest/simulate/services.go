package simulate

import (
	"iter"
	"strings"
)

// mixes are what people usually complain of, by kind of service: "symptom
// share" pairs, the shares in per cent or near. Nobody publishes such mixes;
// these are guesses with a plausible order.
const mixes = `
course: site 18 login 17 video 22 slow 10 dashboard 10 quiz 9 app 8 catalog 8 submission 4 other 3 forum 2 certificate 2 payment 2
videos: site 18 login 17 video 26 slow 10 dashboard 8 quiz 3 app 10 catalog 6 other 3 certificate 4 payment 4
lessons: app 30 lesson 26 site 14 login 14 slow 10 other 4
school: site 20 login 20 submission 15 slow 12 quiz 11 dashboard 6 grades 5 app 5 video 4 other 2 forum 1
classroom: site 20 login 18 submission 18 slow 12 files 12 dashboard 8 app 6 grades 4 other 2
handin: submission 40 site 20 login 16 slow 14 grades 6 other 4
meeting: join 34 audio 22 login 14 app 14 site 8 slow 8
chat: messages 36 login 18 app 16 site 12 notifications 8 files 6 slow 4
drive: files 26 upload 22 sync 20 login 14 site 10 slow 8
desk: edit 28 site 24 sync 18 login 18 slow 12
code: site 30 push 26 builds 20 login 12 slow 8 files 4
cloud: servers 30 console 24 storage 18 database 14 login 8 slow 6
`

// lives are the services that are simulated: "slug habit mix".
const lives = `
coursera study course	edx study course	udemy study videos
khan-academy study lessons	duolingo study lessons
canvas work school	courseplus work school	google-classroom work classroom
turnitin work handin	gradescope work handin
zoom work meeting	microsoft-teams work meeting	slack work chat
google-drive work drive	notion work desk	overleaf work desk	figma work desk
github work code	gitlab work code	aws work cloud
`

// life is the usual life of a service that lives lists, with perDay complaints
// on a mean day.
func life(slug string, perDay float64, a Audience) Service {
	fields := strings.Fields(lives)
	for i := 0; i+2 < len(fields); i += 3 {
		if fields[i] != slug {
			continue
		}
		s := Service{Slug: slug, PerDay: perDay, Habit: studyHabit(), Audience: a, Symptoms: usualMix(fields[i+2])}
		if fields[i+1] == "work" {
			s.Habit = workHabit()
		}
		return s
	}
	return Service{}
}

func usualMix(kind string) Mix {
	for line := range strings.Lines(mixes) {
		if name, shares, ok := strings.Cut(line, ":"); ok && name == kind {
			return mix(shares)
		}
	}
	return nil
}

// mix reads "symptom share" pairs.
func mix(pairs string) Mix {
	var m Mix
	fields := strings.Fields(pairs)
	for i := 0; i+1 < len(fields); i += 2 {
		m = append(m, Part{fields[i], weight(fields[i+1])})
	}
	return m
}

// unreachable is what people say of a service that can't be reached: the
// symptoms of its usual mix that mean all of it far more often, details less.
func unreachable(slug string) Mix {
	m := life(slug, 0, nil).Symptoms
	for i := range m {
		switch m[i].Symptom {
		case "site", "join", "servers", "messages", "files":
			m[i].Share *= 4
		case "login", "app", "slow", "dashboard", "console":
		default:
			m[i].Share *= .4
		}
	}
	return m
}

// ordered yields the names and numbers of "name number" pairs.
func ordered(pairs string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		fields := strings.Fields(pairs)
		for i := 0; i+1 < len(fields); i += 2 {
			if !yield(fields[i], weight(fields[i+1])) {
				return
			}
		}
	}
}
