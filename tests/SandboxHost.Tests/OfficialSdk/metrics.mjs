import assert from 'node:assert/strict'
import { Sandbox } from 'e2b'

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
  'metrics are empty at first and then show what the sandbox has and uses': () => withSandbox(async (sandbox) => {
    assert.deepEqual(await sandbox.getMetrics(), [])
    let metrics
    do {
      await new Promise((resolve) => setTimeout(resolve, 100))
      metrics = await sandbox.getMetrics()
    } while (metrics.length === 0)
    const [first] = metrics
    assert.equal(first.cpuCount, 2)
    assert.equal(first.memTotal, 512 * 2 ** 20)
    assert.ok(first.memUsed > 0 && first.memUsed < first.memTotal)
    assert.ok(first.diskUsed >= 0 && first.diskTotal > 9 * 2 ** 30)
    assert.ok(first.timestamp instanceof Date && Math.abs(Date.now() - first.timestamp) < 60_000)
    const later = await Sandbox.getMetrics(sandbox.sandboxId, { start: new Date(Date.now() + 60_000) })
    assert.deepEqual(later, [])
  }),
}
