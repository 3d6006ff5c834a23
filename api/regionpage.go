package api

import (
	"slices"
	"strings"

	"outcry"
)

// regionsMost is how many regions a page may have, which is all there are: ISO
// 3166 knows some five thousand.
const regionsMost = 10000

// pageOfRegions is what follows the region after in a list in order of the
// regions' codes, and the cursor of the next page or "".
func pageOfRegions(list []outcry.RegionVerdict, after string, limit int) (page []outcry.RegionVerdict, next string) {
	from, found := slices.BinarySearchFunc(list, after, func(r outcry.RegionVerdict, code string) int { return strings.Compare(codeOf(r), code) })
	if found {
		from++
	}
	list = list[from:]
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], newCursor("regions", codeOf(list[limit-1]))
}

// codeOf is the region's code, or the country's where that is all that is known.
func codeOf(r outcry.RegionVerdict) string {
	if r.Region != "" {
		return r.Region
	}
	return r.Country
}
