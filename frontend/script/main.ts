// What script adds to pages that are complete without it. Each feature finds
// its element and leaves the page alone where there is none.
import { copyButtons, printButton } from './buttons.ts'
import { readableChart } from './chart.ts'
import { localTimes } from './clock.ts'
import { serviceFilter } from './filter.ts'
import { livePage } from './live.ts'
import { zoomableMap } from './map.ts'
import { reportForm } from './report.ts'

localTimes(document)
copyButtons(document)
printButton(document)
figures(document)
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-report]')) reportForm(form)
const filter = serviceFilter(document)
const events = document.body.dataset['events']
if (events) {
  livePage(events, (region) => {
    localTimes(region)
    figures(region)
    filter()
  })
}

function figures(root: ParentNode): void {
  for (const chart of root.querySelectorAll<HTMLElement>('[data-chart]')) readableChart(chart)
  for (const map of root.querySelectorAll<HTMLElement>('[data-map]')) zoomableMap(map)
}
