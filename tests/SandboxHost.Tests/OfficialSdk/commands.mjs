import assert from 'node:assert/strict'
import { Sandbox, CommandExitError } from 'e2b'

/** Runs `body` with a sandbox that is killed afterwards. */
const withSandbox = async (body, options) => {
  const sandbox = await Sandbox.create(options)
  try {
    await body(sandbox)
  } finally {
    await sandbox.kill()
  }
}

export const cases = {
  'a command answers with its output': () => withSandbox(async (sandbox) => {
    const result = await sandbox.commands.run('echo out; echo err >&2')
    assert.equal(result.stdout, 'out\n')
    assert.equal(result.stderr, 'err\n')
    assert.equal(result.exitCode, 0)
  }),

  'a failed command throws its exit code': () => withSandbox(async (sandbox) => {
    await assert.rejects(sandbox.commands.run('exit 3'), (error) => error instanceof CommandExitError && error.exitCode === 3)
  }),
}
