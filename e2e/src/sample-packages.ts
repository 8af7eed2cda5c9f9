import { crc32 } from 'node:zlib'

/** A zip file without compression. */
export function zipOf(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)]
    // Version, flags (names are UTF-8), method, time, date, checksum, two sizes, length of the name, no extra field.
    const heading = Buffer.alloc(26)
    heading.writeUInt16LE(20, 0)
    heading.writeUInt16LE(0x800, 2)
    heading.writeUInt16LE(0x21, 8)
    heading.writeUInt32LE(crc32(content), 10)
    heading.writeUInt32LE(content.length, 14)
    heading.writeUInt32LE(content.length, 18)
    heading.writeUInt16LE(path.length, 22)
    parts.push(Buffer.from('PK\u0003\u0004'), heading, path, content)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), heading, place, path)
    offset += 30 + path.length + content.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  const count = Object.keys(files).length
  end.writeUInt16LE(count, 4)
  end.writeUInt16LE(count, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return new Uint8Array(Buffer.concat([...parts, entries, Buffer.from('PK\u0005\u0006'), end]))
}

const pageOf = (script: string, body: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
<title>Lesson</title><main><h1>Lesson</h1>${body}<p id="told"></p></main><script>
const show = (words) => { document.getElementById('told').textContent = words }
const on = (id, work) => { document.getElementById(id).onclick = work }
${script}</script></html>`

const manifestOf = (
  version: '1.2' | '2004',
  items: { id: string; title: string; more?: string }[],
) => `<?xml version="1.0"?>
<manifest identifier="M" xmlns="${version === '1.2' ? 'http://www.imsproject.org/xsd/imscp_rootv1p1p2' : 'http://www.imsglobal.org/xsd/imscp_v1p1'}"
  xmlns:adlcp="${version === '1.2' ? 'http://www.adlnet.org/xsd/adlcp_rootv1p2' : 'http://www.adlnet.org/xsd/adlcp_v1p3'}">
  <metadata><schema>ADL SCORM</schema><schemaversion>${version === '1.2' ? '1.2' : '2004 4th Edition'}</schemaversion></metadata>
  <organizations default="O"><organization identifier="O"><title>Sets</title>
    ${items.map(({ id, title, more = '' }) => `<item identifier="${id}" identifierref="R-${id}"><title>${title}</title>${more}</item>`).join('')}
  </organization></organizations>
  <resources>${items.map(({ id }) => `<resource identifier="R-${id}" type="webcontent" ${version === '1.2' ? 'adlcp:scormtype' : 'adlcp:scormType'}="sco" href="${id}.html"/>`).join('')}</resources>
</manifest>`

/** Passed by 80 %. It tries to read what is the console's, and says what it could. */
export const scorm12Package = () =>
  zipOf({
    'imsmanifest.xml': manifestOf('1.2', [
      { id: 'one', title: 'Union and intersection', more: '<adlcp:masteryscore>80</adlcp:masteryscore>' },
    ]),
    'one.html': pageOf(
      `let api = null
for (let above = window; api === null && above !== above.parent;) { above = above.parent; try { api = above.API ?? null } catch { break } }
api.LMSInitialize('')
let page = Number(api.LMSGetValue('cmi.suspend_data') || 0)
const tell = () => show('Page ' + page + ', entry ' + api.LMSGetValue('cmi.core.entry') + ', ' + api.LMSGetValue('cmi.core.lesson_location') + ', for ' + api.LMSGetValue('cmi.core.student_name'))
on('next', () => { page += 1; api.LMSSetValue('cmi.suspend_data', String(page)); api.LMSSetValue('cmi.core.exit', 'suspend'); tell() })
addEventListener('pagehide', () => { api.LMSSetValue('cmi.core.lesson_location', 'left on ' + page); api.LMSCommit('') })
on('finish', () => {
  api.LMSSetValue('cmi.core.score.raw', '90'); api.LMSSetValue('cmi.core.lesson_status', 'completed')
  api.LMSSetValue('cmi.core.session_time', '0000:00:01'); api.LMSFinish(''); show('Finished') })
on('spy', async () => {
  const seen = []
  for (const look of [() => top.localStorage.length, () => top.document.title, () => parent.parent.session, () => parent.localStorage.getItem('aetherlearn.session') ?? 'no'])
    try { seen.push(look()) } catch { seen.push('no') }
  const asked = await fetch('/api/v1/users/me').then(({ status }) => status, () => 'no')
  show('Seen: ' + seen.join() + ', ' + asked) })
tell()`,
      '<button id="next">Next page</button> <button id="finish">Finish</button> <button id="spy">Spy</button>',
    ),
  })

const part2004 = (next: string) =>
  pageOf(
    `const api = parent.API_1484_11
api.Initialize('')
show('Location ' + api.GetValue('cmi.location') + ', entry ' + api.GetValue('cmi.entry'))
on('mark', () => { api.SetValue('cmi.location', 'p7'); api.Commit('') })
on('done', () => {
  api.SetValue('cmi.score.scaled', '0.95'); api.SetValue('cmi.completion_status', 'completed')
  api.SetValue('cmi.success_status', 'passed'); ${next}; api.Terminate('') })`,
    '<button id="mark">Mark</button> <button id="done">Done</button>',
  )

/** Two parts; the first one asks for the second. */
export const scorm2004Package = () =>
  zipOf({
    'imsmanifest.xml': manifestOf('2004', [
      { id: 'light', title: 'Light' },
      { id: 'lenses', title: 'Lenses' },
    ]),
    'light.html': part2004("api.SetValue('adl.nav.request', 'continue')"),
    'lenses.html': part2004("api.SetValue('adl.nav.request', 'exit')"),
  })

export const UNIT = 'https://publisher.example/units/waves'
const cmi5Structure = `<?xml version="1.0" encoding="utf-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="https://publisher.example/physics"><title><langstring lang="en">Physics</langstring></title>
    <description><langstring lang="en">Waves</langstring></description></course>
  <au id="${UNIT}" moveOn="CompletedAndPassed" masteryScore="0.8"><title><langstring lang="en">Waves</langstring></title>
    <description><langstring lang="en">Waves</langstring></description><url>unit.html</url></au>
</courseStructure>`

/** A unit of cmi5 that does what its specification asks of it. */
export const cmi5Package = () =>
  zipOf({
    'cmi5.xml': cmi5Structure,
    'unit.html': pageOf(
      `const query = new URLSearchParams(location.search)
const [endpoint, registration, activityId] = ['endpoint', 'registration', 'activityId'].map((name) => query.get(name))
const actor = JSON.parse(query.get('actor'))
const cmi5 = 'https://w3id.org/xapi/cmi5/context/'
const category = { id: cmi5 + 'categories/cmi5' }
const moveOn = { id: cmi5 + 'categories/moveon' }
let call, template, launch
const send = async (verb, result, categories = [category], extensions = {}) => {
  const context = { ...template, registration,
    contextActivities: { ...template.contextActivities, category: categories },
    extensions: { ...template.extensions, ...extensions } }
  const statement = { actor, verb: { id: verb }, object: { id: activityId }, context, timestamp: new Date().toISOString(), result }
  const answer = await call('statements', { method: 'POST', body: JSON.stringify(statement) })
  if (!answer.ok) throw new Error(verb + ': ' + answer.status + ' ' + (await answer.text()))
}
const begin = async () => {
  const token = (await (await fetch(query.get('fetch'), { method: 'POST' })).json())['auth-token']
  call = (path, options = {}) => fetch(endpoint + (endpoint.endsWith('/') ? '' : '/') + path, { ...options, headers: {
    authorization: 'Basic ' + token, 'x-experience-api-version': '1.0.3', 'content-type': 'application/json' } })
  const state = new URLSearchParams({ stateId: 'LMS.LaunchData', activityId, agent: JSON.stringify(actor), registration })
  launch = await (await call('activities/state?' + state)).json()
  template = launch.contextTemplate
  await send('http://adlnet.gov/expapi/verbs/initialized')
  show('Launched as ' + launch.launchMode)
}
on('pass', async () => {
  const mastery = { [cmi5 + 'extensions/masteryscore']: launch.masteryScore }
  await send('http://adlnet.gov/expapi/verbs/completed', { completion: true, duration: 'PT5S' }, [category, moveOn])
  await send('http://adlnet.gov/expapi/verbs/passed', { success: true, score: { scaled: 0.9 }, duration: 'PT5S' }, [category, moveOn], mastery)
  await send('http://adlnet.gov/expapi/verbs/terminated', { duration: 'PT6S' })
  location.href = launch.returnURL
})
begin().catch((error) => show(String(error)))
addEventListener('unhandledrejection', ({ reason }) => show(String(reason)))`,
      '<button id="pass">Pass</button>',
    ),
  })
