import assert from 'node:assert/strict'
import { Sandbox, CommandExitError, TimeoutError, AuthenticationError, InvalidArgumentError, SandboxError } from 'e2b'

/** Runs `body` with a sandbox that is killed afterwards. */
const withSandbox = async (body, options) => {
  const sandbox = await Sandbox.create(options)
  try {
    await body(sandbox)
  } finally {
    await sandbox.kill()
  }
}

/** A promise of the first text that a callback gets which contains `wanted`. */
const listener = (wanted) => {
  let seen = ''
  let found
  const heard = new Promise((resolve) => { found = resolve })
  return { heard, on: (text) => { seen += text; if (seen.includes(wanted)) found(seen) } }
}

export const cases = {
  'a command answers with its output': () => withSandbox(async (sandbox) => {
    const result = await sandbox.commands.run('echo out; echo err >&2')
    assert.equal(result.stdout, 'out\n')
    assert.equal(result.stderr, 'err\n')
    assert.equal(result.exitCode, 0)
  }),

  'a failed command throws its exit code': () => withSandbox(async (sandbox) => {
    await assert.rejects(
      sandbox.commands.run('echo out; echo err >&2; exit 3'),
      (error) => error instanceof CommandExitError && error.exitCode === 3 && error.stdout === 'out\n' && error.stderr === 'err\n')
    await assert.rejects(sandbox.commands.run('no-such-program'), (error) => error.exitCode === 127)
    await assert.rejects(sandbox.commands.run('exit 137'), (error) => error.exitCode === 137)
  }),

  'output is streamed while a command runs': () => withSandbox(async (sandbox) => {
    const out = listener('first'), err = listener('second')
    const command = await sandbox.commands.run(
      'echo first; echo second >&2; until [ -e go ]; do sleep 0.02; done; echo third',
      { background: true, onStdout: out.on, onStderr: err.on })
    await Promise.all([out.heard, err.heard])
    assert.equal(command.exitCode, undefined)
    await sandbox.commands.run('touch go')
    const result = await command.wait()
    assert.equal(result.stdout, 'first\nthird\n')
    assert.equal(result.stderr, 'second\n')
  }),

  'a background command runs on and can be connected to': () => withSandbox(async (sandbox) => {
    const command = await sandbox.commands.run(
      'until [ -e go ]; do sleep 0.02; done; echo late; exit 4', { background: true })
    await command.disconnect()
    const [info] = await sandbox.commands.list()
    assert.equal(info.pid, command.pid)
    assert.equal(info.cmd, '/bin/bash')
    assert.deepEqual(info.args.slice(0, 2), ['-l', '-c'])
    const out = listener('late')
    const again = await sandbox.commands.connect(command.pid, { onStdout: out.on })
    await sandbox.commands.run('touch go')
    await assert.rejects(again.wait(), (error) => error.exitCode === 4 && error.stdout === 'late\n')
    await out.heard
    assert.deepEqual(await sandbox.commands.list(), [])
  }),

  'a command that is killed says so': () => withSandbox(async (sandbox) => {
    const command = await sandbox.commands.run('sleep 1000', { background: true })
    assert.equal(await command.kill(), true)
    await assert.rejects(command.wait(), (error) => error instanceof CommandExitError && error.error === 'signal: killed')
    assert.equal(await sandbox.commands.kill(command.pid), false)
    await assert.rejects(sandbox.commands.connect(4711), (error) => error instanceof SandboxError)
  }),

  'input is sent until it is closed': () => withSandbox(async (sandbox) => {
    const out = listener('Hello Wörld')
    const command = await sandbox.commands.run('cat', { background: true, stdin: true, onStdout: out.on })
    await sandbox.commands.sendStdin(command.pid, 'Hello ')
    await command.sendStdin(new TextEncoder().encode('Wörld\n'))
    await out.heard
    await command.closeStdin()
    const result = await command.wait()
    assert.equal(result.stdout, 'Hello Wörld\n')
  }),

  'large input comes back': () => withSandbox(async (sandbox) => {
    const command = await sandbox.commands.run('cat', { background: true, stdin: true })
    const text = 'äöü-'.repeat(500_000)
    await sandbox.commands.sendStdin(command.pid, text)
    await sandbox.commands.closeStdin(command.pid)
    assert.equal((await command.wait()).stdout === text, true)
  }),

  'a command without input finds its end': () => withSandbox(async (sandbox) => {
    assert.equal((await sandbox.commands.run('cat; echo end')).stdout, 'end\n')
    const command = await sandbox.commands.run('sleep 1000', { background: true })
    await assert.rejects(sandbox.commands.sendStdin(command.pid, 'x'), (error) => error instanceof SandboxError)
  }),

  'environment is of the sandbox and of the command': () => withSandbox(async (sandbox) => {
    const result = await sandbox.commands.run('echo "$ONE|$TWO|$E2B_SANDBOX|$E2B_SANDBOX_ID"', { envs: { TWO: 'command' } })
    assert.equal(result.stdout, `of sandbox|command|true|${sandbox.sandboxId}\n`)
    assert.equal((await sandbox.commands.run('echo "$TWO"')).stdout, 'sandbox\n')
  }, { envs: { ONE: 'of sandbox', TWO: 'sandbox' } }),

  'a command runs in its folder': () => withSandbox(async (sandbox) => {
    assert.equal((await sandbox.commands.run('pwd')).stdout, '/home/user\n')
    assert.equal((await sandbox.commands.run('pwd', { cwd: '/tmp' })).stdout, '/tmp\n')
    await sandbox.commands.run('mkdir -p deep/er')
    assert.equal((await sandbox.commands.run('pwd', { cwd: 'deep/er' })).stdout, '/home/user/deep/er\n')
    await assert.rejects(sandbox.commands.run('pwd', { cwd: '/nowhere' }), (error) => error instanceof InvalidArgumentError)
  }),

  'a command runs as the user': () => withSandbox(async (sandbox) => {
    assert.equal((await sandbox.commands.run('whoami', { user: 'user' })).stdout, 'user\n')
    await assert.rejects(sandbox.commands.run('whoami', { user: 'nobody-here' }), (error) => error instanceof AuthenticationError)
  }),

  'a command that takes too long times out and is killed': () => withSandbox(async (sandbox) => {
    await assert.rejects(sandbox.commands.run('echo $$ >pid; exec sleep 1000', { timeoutMs: 300 }), (error) => error instanceof TimeoutError)
    await sandbox.commands.run('while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done')
    assert.deepEqual(await sandbox.commands.list(), [])
  }),

  'characters that are cut in two arrive whole': () => withSandbox(async (sandbox) => {
    const result = await sandbox.commands.run(`printf '\\303'; sleep 0.05; printf '\\244\\n'`)
    assert.equal(result.stdout, 'ä\n')
  }),

  'large output arrives whole': () => withSandbox(async (sandbox) => {
    const result = await sandbox.commands.run('head -c 10000000 /dev/zero | tr "\\0" x')
    assert.equal(result.stdout.length, 10_000_000)
  }),

  'many commands run at once': () => withSandbox(async (sandbox) => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => sandbox.commands.run(`echo ${i}`)))
    assert.deepEqual(results.map((result) => result.stdout), Array.from({ length: 20 }, (_, i) => `${i}\n`))
  }),

  'a command ends with its sandbox': async () => {
    const sandbox = await Sandbox.create()
    const command = await sandbox.commands.run('sleep 1000', { background: true })
    const ended = assert.rejects(command.wait(), (error) => error instanceof SandboxError || error instanceof TimeoutError)
    await sandbox.kill()
    await ended
    assert.equal(await sandbox.isRunning(), false)
  },

  'a terminal is refused': () => withSandbox(async (sandbox) => {
    await assert.rejects(
      sandbox.pty.create({ cols: 80, rows: 24, onData: () => {} }), (error) => /pty: /.test(error.message))
  }),
}
