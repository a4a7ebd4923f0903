// Builds the template "colloquy-claude" in E2B's cloud: E2B's base image with the Claude Code CLI, in the version that
// our own host installs too. `node build.mjs` builds it; `node build.mjs --print` shows the steps and sends nothing.
import { readFile } from 'node:fs/promises'
import { Template, defaultBuildLogger } from 'e2b'

const name = process.env.TEMPLATE_NAME ?? 'colloquy-claude'
const described = new URL('../../src/SandboxHost/Templates/claude/template.json', import.meta.url)
const { install, env } = JSON.parse(await readFile(described, 'utf8'))
const cli = install.flat().find((argument) => argument.startsWith('@anthropic-ai/claude-code@'))

const template = Template().fromBaseImage().npmInstall(cli, { g: true }).setEnvs(env)

if (process.argv.includes('--print')) {
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
  console.log(`Built ${built.name} (${built.templateId}). Use it with Sandbox__Template=${built.name}`)
}
