import assert from 'node:assert/strict'
import http from 'node:http'
import { Sandbox } from 'e2b'

const withSandbox = async (body, options) => {
  const sandbox = await Sandbox.create(options)
  try {
    await body(sandbox)
  } finally {
    await sandbox.kill()
  }
}

/** Asks for `/` at the sandbox's public host, through the address of this server. `fetch` could not set Host. */
const get = (host, headers = {}) => new Promise((resolve, reject) => {
  http.get(process.env.E2B_SANDBOX_URL, { headers: { ...headers, host } }, async (response) => {
    const chunks = await response.toArray()
    resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() })
  }).on('error', reject)
})

const server = `perl -MIO::Socket::INET -e '
  $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 3000, Listen => 8, ReuseAddr => 1) or die;
  $| = 1; print "ready\\n";
  while ($c = $s->accept) {
    while (<$c>) { last if /^\\r/ }
    print $c "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nhi"; close $c;
  }'`

const startServer = async (sandbox) => {
  let ready
  const started = new Promise((resolve) => { ready = resolve })
  await sandbox.commands.run(server, { background: true, timeoutMs: 0, onStdout: ready })
  await started
}

export const cases = {
  'a server in the sandbox answers at its host': () => withSandbox(async (sandbox) => {
    const host = sandbox.getHost(3000)
    assert.equal(host, `3000-${sandbox.sandboxId}.e2b.app`)
    const closed = await get(host)
    assert.equal(closed.status, 502)
    assert.equal(JSON.parse(closed.text).message, 'The sandbox is running but port is not open')
    await startServer(sandbox)
    assert.deepEqual(await get(host), { status: 200, text: 'hi' })
  }),

  'a sandbox that is not public asks for its traffic token': () => withSandbox(async (sandbox) => {
    await startServer(sandbox)
    const host = sandbox.getHost(3000)
    assert.equal((await get(host)).status, 403)
    assert.equal((await get(host, { 'e2b-traffic-access-token': 'wrong' })).status, 403)
    assert.equal((await get(host, { 'e2b-traffic-access-token': sandbox.trafficAccessToken })).status, 200)
  }, { network: { allowPublicTraffic: false } }),

  'internet access is given and taken': async () => {
    const interfaces = 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'
    await withSandbox(async (sandbox) => {
      const { stdout } = await sandbox.commands.run(interfaces)
      assert.deepEqual(stdout.trim().split('\n').sort(), ['lo', 'tap0'])
    }, { allowInternetAccess: true })
    await withSandbox(async (sandbox) => {
      const { stdout } = await sandbox.commands.run(interfaces)
      assert.equal(stdout, 'lo\n')
    }, { allowInternetAccess: false })
  },
}
