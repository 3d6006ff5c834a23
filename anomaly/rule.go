package anomaly

import "outcry"

// Rule is the numbers by which verdicts and incidents are decided.
func Rule() outcry.Rule {
	return outcry.Rule{
		Surer: surer, Standing: standing,
		SharePossible: sharePossible, ShareLikely: shareLikely,
		Fewest: fewest, FewestUnknown: fewestUnknown, RatioUnknown: ratioUnknown,
		Calm: int(calm.Minutes()), Rejoin: int(rejoin.Minutes()),
	}
}
