// Builds templates in E2B's cloud: E2B's base image with what our own host installs into the template of the same name.
//   node build.mjs [claude|python] [--print]      --print shows the steps and sends nothing
import { readFile } from 'node:fs/promises'
import { Template, defaultBuildLogger } from 'e2b'

const given = process.argv.slice(2)
const kind = given.find((argument) => !argument.startsWith('--')) ?? 'claude'
const add = {
  claude: (template, packages) => template.npmInstall(packages, { g: true }),
  python: (template, packages) => template.pipInstall(packages, { g: true }),
}[kind]
if (!add) {
  console.error(`There is no template '${kind}'. Use claude or python.`)
  process.exit(2)
}

const name = process.env.TEMPLATE_NAME ?? `colloquy-${kind}`
const described = new URL(`../../src/SandboxHost/Templates/${kind}/template.json`, import.meta.url)
const { install, env } = JSON.parse(await readFile(described, 'utf8'))
const packages = install.flat().filter((argument) => /^@?[a-z][\w./-]*(@|==)\d/.test(argument))
// Here they are installed where Python looks anyway.
delete env.PYTHONPATH

const template = add(Template().fromBaseImage(), packages).setEnvs(env)

if (given.includes('--print')) {
  console.log(JSON.stringify({ name, ...JSON.parse(await Template.toJSON(template, false)) }, null, 2))
} else {
  if (!process.env.E2B_API_KEY) {
    console.error('Set E2B_API_KEY to a key of your E2B team. `node build.mjs --print` needs none.')
    process.exit(2)
  }
  const built = await Template.build(template, name, {
    cpuCount: 2,
    memoryMB: 2048,
    onBuildLogs: defaultBuildLogger(),
  })
  console.log(`Built ${built.name} (${built.templateId}). Use it with Sandbox__Templates__${kind}=${built.name}`)
}
