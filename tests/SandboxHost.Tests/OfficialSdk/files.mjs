import assert from 'node:assert/strict'
import { Sandbox, FileNotFoundError, InvalidArgumentError, FileType, FilesystemEventType } from 'e2b'

/** Runs `body` with a sandbox that is killed afterwards. */
const withSandbox = async (body, options) => {
  const sandbox = await Sandbox.create(options)
  try {
    await body(sandbox)
  } finally {
    await sandbox.kill()
  }
}

/** Fetches a link that holds no token; the host is told by header which sandbox it is about. */
const fetchLink = (sandbox, url, options) => fetch(url, {
  ...options,
  headers: { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': '49983' },
})

/** A promise for the first event that fits, and what to call with each event. */
const awaitEvent = (fits) => {
  let report
  const seen = new Promise((resolve) => { report = (event) => { if (fits(event)) resolve(event) } })
  return [seen, (event) => report(event)]
}

export const cases = {
  'a file is written and read in every format': () => withSandbox(async ({ files }) => {
    const info = await files.write('/home/user/my-file.txt', 'hällo wörld')
    assert.equal(info.name, 'my-file.txt')
    assert.equal(info.type, FileType.FILE)
    assert.equal(info.path, '/home/user/my-file.txt')
    assert.equal(await files.read('my-file.txt'), 'hällo wörld')
    assert.equal(await files.read('~/my-file.txt', { format: 'text' }), 'hällo wörld')
    assert.equal(new TextDecoder().decode(await files.read('my-file.txt', { format: 'bytes' })), 'hällo wörld')
    assert.equal(await (await files.read('my-file.txt', { format: 'blob' })).text(), 'hällo wörld')
    let streamed = ''
    const decoder = new TextDecoder()
    for await (const chunk of await files.read('my-file.txt', { format: 'stream' })) streamed += decoder.decode(chunk, { stream: true })
    assert.equal(streamed, 'hällo wörld')
  }),

  'data of every kind is written': () => withSandbox(async ({ files }) => {
    const bytes = new TextEncoder().encode('bytes')
    await files.write('a', bytes.buffer.slice(0, bytes.length))
    await files.write('b', new Blob(['blob']))
    await files.write('c', new Blob(['stream']).stream())
    await files.write('d', 'octets', { useOctetStream: true })
    assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map((name) => files.read(name))), ['bytes', 'blob', 'stream', 'octets'])
  }),

  'an empty file is written and read in every format': () => withSandbox(async ({ files }) => {
    await files.write('empty', '')
    assert.equal(await files.read('empty'), '')
    assert.equal((await files.read('empty', { format: 'bytes' })).length, 0)
    assert.equal((await files.read('empty', { format: 'blob' })).size, 0)
  }),

  'many files are written at once': () => withSandbox(async ({ files }) => {
    assert.deepEqual(await files.write([]), [])
    const entries = Array.from({ length: 10 }, (_, i) => ({ path: `multi/test_${i}.txt`, data: `content ${i}` }))
    const infos = await files.write(entries)
    assert.deepEqual(infos.map((info) => info.path), entries.map((entry) => `/home/user/${entry.path}`))
    for (const { path, data } of entries) assert.equal(await files.read(path), data)
    await files.writeFiles([{ path: 'a', data: new Blob(['1']).stream() }, { path: 'b', data: '2' }], { useOctetStream: true })
    assert.equal(await files.read('a') + await files.read('b'), '12')
  }),

  'a file is overwritten': () => withSandbox(async ({ files }) => {
    await files.write('f', 'a long first content')
    await files.write('f', 'second')
    assert.equal(await files.read('f'), 'second')
  }),

  'gzip goes both ways': () => withSandbox(async ({ files }) => {
    const text = 'compress me '.repeat(100_000)
    await files.write('f', text, { gzip: true })
    assert.equal(await files.read('f', { gzip: true }), text)
    assert.equal(await files.read('f'), text)
    await files.writeFiles([{ path: 'g', data: '1' }, { path: 'h', data: '2' }], { gzip: true })
    assert.equal(await files.read('g', { gzip: true }) + await files.read('h'), '12')
  }),

  'metadata is kept with a file': () => withSandbox(async ({ files }) => {
    const info = await files.write('f', 'x', { metadata: { Author: 'me', purpose: 'a test' } })
    assert.deepEqual(info.metadata, { author: 'me', purpose: 'a test' })
    assert.deepEqual((await files.getInfo('f')).metadata, { author: 'me', purpose: 'a test' })
    assert.deepEqual((await files.list('.'))[0].metadata, { author: 'me', purpose: 'a test' })
    assert.deepEqual((await files.rename('f', 'g')).metadata, { author: 'me', purpose: 'a test' })
    await files.write('g', 'x')
    assert.equal((await files.getInfo('g')).metadata, undefined)
    await assert.rejects(files.write('g', 'x', { metadata: { 'no token': 'x' } }), InvalidArgumentError)
  }),

  'what is missing is a FileNotFoundError': () => withSandbox(async ({ files }) => {
    await assert.rejects(files.read('missing'), FileNotFoundError)
    await assert.rejects(files.getInfo('missing'), FileNotFoundError)
    await assert.rejects(files.list('missing'), FileNotFoundError)
    await assert.rejects(files.rename('missing', 'new'), FileNotFoundError)
    await assert.rejects(files.watchDir('missing', () => {}), FileNotFoundError)
    assert.equal(await files.exists('missing'), false)
    await files.remove('missing')
  }),

  'info tells all about files, folders and links': () => withSandbox(async ({ files, commands }) => {
    const before = Date.now()
    await files.write('f', 'hello')
    await commands.run('mkdir d; ln -s f link; ln -s d dirlink; ln -s gone dangling')
    const file = await files.getInfo('f')
    assert.equal(file.name, 'f')
    assert.equal(file.type, FileType.FILE)
    assert.equal(file.path, '/home/user/f')
    assert.equal(file.size, 5)
    assert.equal(file.mode, 0o644)
    assert.equal(file.permissions, '-rw-r--r--')
    assert.equal(file.owner, 'user')
    assert.equal(file.group, 'user')
    assert.equal(file.symlinkTarget, undefined)
    assert.ok(Math.abs(file.modifiedTime.getTime() - before) < 60_000)
    const folder = await files.getInfo('d')
    assert.equal(folder.type, FileType.DIR)
    assert.equal(folder.mode, 0o755)
    assert.equal(folder.permissions, 'drwxr-xr-x')
    const link = await files.getInfo('link')
    assert.equal(link.type, FileType.FILE)
    assert.equal(link.symlinkTarget, '/home/user/f')
    assert.equal((await files.getInfo('dirlink')).type, FileType.DIR)
    assert.equal((await files.getInfo('dangling')).type, undefined)
    assert.equal(await files.exists('f'), true)
  }),

  'folders are made once': () => withSandbox(async ({ files }) => {
    assert.equal(await files.makeDir('a/b/c'), true)
    assert.equal(await files.makeDir('a/b/c'), false)
    assert.equal(await files.exists('/home/user/a/b'), true)
  }),

  'a tree is listed to a depth': () => withSandbox(async ({ files }) => {
    for (const path of ['t/one/two/three', 't/other']) await files.makeDir(path)
    await files.write('t/one/file.txt', 'x')
    const paths = async (options) => (await files.list('t', options)).map((entry) => entry.path.slice('/home/user/t/'.length))
    assert.deepEqual(await paths(), ['one', 'other'])
    assert.deepEqual(await paths({ depth: 2 }), ['one', 'one/file.txt', 'one/two', 'other'])
    assert.deepEqual(await paths({ depth: 3 }), ['one', 'one/file.txt', 'one/two', 'one/two/three', 'other'])
    await assert.rejects(files.list('t', { depth: 0 }), InvalidArgumentError)
    await assert.rejects(files.list('t/one/file.txt'))
    assert.deepEqual(await files.list('t/other'), [])
  }),

  'files and folders are renamed and removed': () => withSandbox(async ({ files }) => {
    await files.write('d/old', 'content')
    const info = await files.rename('d/old', 'd/new')
    assert.equal(info.name, 'new')
    assert.equal(info.type, FileType.FILE)
    assert.equal(info.path, '/home/user/d/new')
    assert.equal(await files.exists('d/old'), false)
    await files.rename('d', 'e')
    assert.equal(await files.read('e/new'), 'content')
    await files.rename('e/new', '/tmp/over/there')
    assert.equal(await files.read('/tmp/over/there'), 'content')
    await files.remove('/tmp/over/there')
    await files.remove('e')
    assert.equal(await files.exists('e'), false)
  }),

  'a folder is watched': () => withSandbox(async ({ files }) => {
    await files.makeDir('d')
    const [created, onCreate] = awaitEvent((event) => event.type === FilesystemEventType.CREATE && event.name === 'f')
    const [written, onWrite] = awaitEvent((event) => event.type === FilesystemEventType.WRITE && event.name === 'f')
    const [removed, onRemove] = awaitEvent((event) => event.type === FilesystemEventType.REMOVE && event.name === 'f')
    let exit
    const exited = new Promise((resolve) => { exit = resolve })
    const handle = await files.watchDir('d', (event) => { onCreate(event); onWrite(event); onRemove(event) }, { onExit: exit })
    await files.write('d/f', 'x')
    await created
    await files.write('d/f', 'y')
    await written
    await files.remove('d/f')
    await removed
    await handle.stop()
    await exited
    await assert.rejects(files.watchDir('d/f', () => {}))
  }),

  'a tree is watched': () => withSandbox(async ({ files }) => {
    await files.makeDir('d/nested')
    const [old, onOld] = awaitEvent((event) => event.type === FilesystemEventType.WRITE && event.name === 'nested/f')
    const [fresh, onFresh] = awaitEvent((event) => event.name === 'made/in/it/f')
    const handle = await files.watchDir('d', (event) => { onOld(event); onFresh(event) }, { recursive: true, includeEntry: true })
    await files.write('d/nested/f', 'x')
    assert.equal((await old).entry.path, '/home/user/d/nested/f')
    await files.write('d/made/in/it/f', 'x')
    assert.equal((await fresh).entry.type, FileType.FILE)
    await handle.stop()
  }),

  'a big file goes both ways': () => withSandbox(async ({ files }) => {
    const chunk = new Uint8Array(1 << 20)
    let left = 40
    const data = new ReadableStream({ pull: (to) => { if (left-- > 0) to.enqueue(chunk); else to.close() } })
    await files.write('big', data)
    let size = 0
    for await (const part of await files.read('big', { format: 'stream' })) size += part.length
    assert.equal(size, 40 << 20)
  }),

  'signed links stand for the token': () => withSandbox(async (sandbox) => {
    const upload = await sandbox.uploadUrl('shared file.txt', { useSignatureExpiration: 60 })
    const form = new FormData()
    form.append('file', new Blob(['by link']), 'ignored')
    const sent = await fetchLink(sandbox, upload, { method: 'POST', body: form })
    assert.equal(sent.status, 200)
    assert.equal(await sandbox.files.read('shared file.txt'), 'by link')
    for (const options of [{}, { user: 'user' }, { useSignatureExpiration: 60, user: 'user' }]) {
      const got = await fetchLink(sandbox, await sandbox.downloadUrl('shared file.txt', options))
      assert.equal(got.status, 200)
      assert.equal(await got.text(), 'by link')
    }
    const expired = await sandbox.downloadUrl('shared file.txt', { useSignatureExpiration: -10 })
    assert.equal((await fetchLink(sandbox, expired)).status, 401)
    const other = (await sandbox.downloadUrl('shared file.txt')).replace('shared', 'other')
    assert.equal((await fetchLink(sandbox, other)).status, 401)
    const anywhere = await sandbox.uploadUrl()
    const named = new FormData()
    named.append('file', new Blob(['named by the form']), 'folder/named.txt')
    assert.equal((await fetchLink(sandbox, anywhere, { method: 'POST', body: named })).status, 200)
    assert.equal(await sandbox.files.read('folder/named.txt'), 'named by the form')
  }),

  'another user is refused': () => withSandbox(async ({ files }) => {
    await assert.rejects(files.write('f', 'x', { user: 'nobody-here' }))
    await assert.rejects(files.list('.', { user: 'nobody-here' }))
    assert.equal(await files.exists('f', { user: 'user' }), false)
  }),
}
