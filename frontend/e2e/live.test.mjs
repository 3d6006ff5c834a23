import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser, report, services, site, visit } from './harness.mjs'

let server, chrome, first, second

before(async () => {
  server = await site()
  ;[first, second] = await services(server.base)
  chrome = await browser()
})

after(async () => {
  await chrome?.close()
  await server?.stop()
})

test('map and table agree', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  for (const path of ['/', '/map', `/services/${first.slug}`]) {
    const { page } = await visit(context, server.base, path)
    const { rows, shapes } = await page.evaluate(() => ({
      rows: [...document.querySelectorAll('tr[data-country]')].map((row) => [row.dataset.country, row.querySelector('.key').classList[1]]),
      shapes: [...document.querySelectorAll('.countries [data-code]')].map((shape) => [shape.dataset.code, shape.getAttribute('class')]),
    }))
    assert.ok(shapes.length > 220, `${path} draws ${shapes.length} countries`)
    const table = new Map(rows.filter(([code]) => code))
    const coloured = new Map(shapes.filter(([code, level]) => code && level !== 'none'))
    assert.deepEqual([...coloured].sort(), [...table].sort(), path)
    await page.close()
  }
})

test('the map is zoomed and moved with keys and buttons', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  const { page } = await visit(context, server.base, '/map')
  const seen = () => page.locator('.countries .world').getAttribute('viewBox')
  const whole = await seen()
  await page.locator('.countries').getByRole('button', { name: 'Zoom in' }).focus()
  await page.keyboard.press('Enter')
  const near = await seen()
  assert.notEqual(near, whole)
  await page.keyboard.press('ArrowRight')
  assert.notEqual(await seen(), near)
  await page.keyboard.press('0')
  assert.equal(await seen(), whole)
})

test('the chart says the numbers under the pointer', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  const { page } = await visit(context, server.base, `/services/${first.slug}`)
  await page.locator('.chart > svg').hover()
  await page.getByText(/^\d\d:\d\d UTC: \d+ reports?/).waitFor()
})

test('a report by someone else changes the open page, which stays where it is', async (t) => {
  const context = await chrome.newContext()
  t.after(() => context.close())
  const { page } = await visit(context, server.base, `/services/${second.slug}`)
  const counted = () => page.locator('[data-live=chart] desc').textContent()
  const before = await counted()
  await page.evaluate(() => { window.sameDocument = true })
  await page.getByRole('radio').nth(1).check()
  const answer = await report(server.base, { service: second.slug })
  assert.equal(answer.status, 201)
  await page.waitForFunction((old) => document.querySelector('[data-live=chart] desc').textContent !== old, before, { timeout: 90_000 })
  assert.equal(await page.evaluate(() => window.sameDocument), true)
  assert.ok(await page.getByRole('radio').nth(1).isChecked(), 'the choice that was made is gone')
})
