import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { InvalidArgumentError, NotFoundError, Sandbox, SandboxError, SandboxNotFoundError } from 'e2b'

/** Runs `body` with a sandbox that is killed afterwards. */
const withSandbox = async (body, options) => {
  const sandbox = await Sandbox.create(options)
  try {
    await body(sandbox)
  } finally {
    await Sandbox.kill(sandbox.sandboxId)
  }
}

const drain = async (paginator) => {
  const items = []
  while (paginator.hasNext) items.push(...await paginator.nextItems())
  return items
}

const until = async (condition) => {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

export const cases = {
  'a sandbox has the metadata, variables and time it was given': () => withSandbox(async (sandbox) => {
    assert.equal((await sandbox.commands.run('echo $GREETING')).stdout, 'hello\n')
    const info = await sandbox.getInfo()
    assert.equal(info.sandboxId, sandbox.sandboxId)
    assert.equal(info.templateId, 'base')
    assert.deepEqual(info.metadata, { user: 'a b&c=d' })
    assert.equal(info.state, 'running')
    assert.equal(info.endAt - info.startedAt, 60_000)
    assert.deepEqual(info.lifecycle, { onTimeout: 'kill', autoResume: false })
    assert.equal(await sandbox.isRunning(), true)
  }, { metadata: { user: 'a b&c=d' }, envs: { GREETING: 'hello' }, timeoutMs: 60_000 }),

  'a killed sandbox is gone': async () => {
    const sandbox = await Sandbox.create()
    assert.equal(await sandbox.kill(), true)
    assert.equal(await sandbox.kill(), false)
    assert.equal(await sandbox.isRunning(), false)
    await assert.rejects(sandbox.getInfo(), SandboxNotFoundError)
    await assert.rejects(sandbox.setTimeout(1000), NotFoundError)
    await assert.rejects(sandbox.pause(), SandboxNotFoundError)
    await assert.rejects(Sandbox.connect(sandbox.sandboxId), SandboxNotFoundError)
    await assert.rejects(sandbox.commands.run('true'), SandboxError)
  },

  'a timeout can be set and ends the sandbox': async () => {
    const sandbox = await Sandbox.create()
    await sandbox.setTimeout(30_000)
    const { endAt } = await sandbox.getInfo()
    assert.ok(Math.abs(endAt - Date.now() - 30_000) < 5_000)
    await sandbox.setTimeout(1)
    await until(async () => !await sandbox.isRunning())
    await assert.rejects(Sandbox.getInfo(sandbox.sandboxId), SandboxNotFoundError)
  },

  'files outlive a pause': () => withSandbox(async (sandbox) => {
    await sandbox.files.write('kept.txt', 'kept')
    assert.equal(await sandbox.pause(), true)
    assert.equal(await sandbox.pause(), false)
    assert.equal((await sandbox.getInfo()).state, 'paused')
    assert.equal(await sandbox.isRunning(), false)
    const same = await sandbox.connect({ timeoutMs: 60_000 })
    assert.equal(same.sandboxId, sandbox.sandboxId)
    assert.equal(await sandbox.files.read('kept.txt'), 'kept')
    assert.equal((await sandbox.getInfo()).state, 'running')
  }),

  'another client connects by id': () => withSandbox(async (sandbox) => {
    await sandbox.files.write('kept.txt', 'kept')
    await Sandbox.pause(sandbox.sandboxId, { keepMemory: false })
    const other = await Sandbox.connect(sandbox.sandboxId)
    assert.equal(await other.files.read('kept.txt'), 'kept')
    assert.equal((await (await Sandbox.connect(sandbox.sandboxId)).commands.run('cat kept.txt')).stdout, 'kept')
  }),

  'a sandbox can be paused at its timeout and wakes by itself': () => withSandbox(async (sandbox) => {
    await sandbox.files.write('kept.txt', 'kept')
    assert.deepEqual((await sandbox.getInfo()).lifecycle, { onTimeout: 'pause', autoResume: true })
    await sandbox.setTimeout(1)
    await until(async () => (await sandbox.getInfo()).state === 'paused')
    assert.equal(await sandbox.files.read('kept.txt'), 'kept')
    assert.equal((await sandbox.getInfo()).state, 'running')
  }, { lifecycle: { onTimeout: 'pause', autoResume: true } }),

  'sandboxes are listed by metadata and state, page by page': async () => {
    const metadata = { run: randomUUID(), 'a key': 'a & b = c' }
    const sandboxes = await Promise.all([1, 2, 3].map(() => Sandbox.create({ metadata })))
    try {
      await sandboxes[0].pause()
      const ids = (list) => list.map((one) => one.sandboxId).sort()
      const paginator = Sandbox.list({ query: { metadata }, limit: 2 })
      assert.equal((await paginator.nextItems()).length, 2)
      assert.equal(paginator.hasNext, true)
      assert.equal((await paginator.nextItems()).length, 1)
      assert.equal(paginator.hasNext, false)
      assert.deepEqual(ids(await drain(Sandbox.list({ query: { metadata } }))), ids(sandboxes))
      assert.deepEqual(ids(await drain(Sandbox.list({ query: { metadata, state: ['paused'] } }))), ids(sandboxes.slice(0, 1)))
      assert.deepEqual(ids(await drain(Sandbox.list({ query: { metadata, state: ['running'] } }))), ids(sandboxes.slice(1)))
      const oldest = await drain(Sandbox.list({ query: { metadata }, order: 'asc', limit: 1 }))
      const starts = oldest.map((one) => +one.startedAt)
      assert.deepEqual(starts, [...starts].sort((a, b) => a - b))
      assert.deepEqual(await drain(Sandbox.list({ query: { metadata: { run: 'none' } } })), [])
    } finally {
      await Promise.all(sandboxes.map((sandbox) => sandbox.kill()))
    }
  },

  'what cannot be had is refused': async () => {
    await assert.rejects(Sandbox.create('no-such-template'), SandboxError)
    await assert.rejects(Sandbox.create({ timeoutMs: 25 * 3_600_000 }), SandboxError)
    await assert.rejects(Sandbox.create({ lifecycle: { onTimeout: 'never' } }), InvalidArgumentError)
  },
}
