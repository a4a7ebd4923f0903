// Runs the cases of one file against the host named by E2B_API_URL. A case name per line on standard input; for each
// an answer per line on standard output: {"case", "ok"} or {"case", "ok": false, "error"}.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { cases } = await import(pathToFileURL(process.argv[2]).href)
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n')

say({ cases: Object.keys(cases) })
for await (const name of createInterface({ input: process.stdin })) {
  try {
    await cases[name]()
    say({ case: name, ok: true })
  } catch (error) {
    say({ case: name, ok: false, error: `${error?.stack ?? error}` })
  }
}
process.exit(0)
