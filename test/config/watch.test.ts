import { expect } from 'chai';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { watchFile, watchFiles, type Watcher } from '../../src/config/watch.ts';
import { makeFolder, type Folder } from './files.ts';

describe('watchFiles', () => {
  let folder: Folder;
  let watcher: Watcher | undefined;
  let changes = 0;
  let wake: (() => void) | undefined;

  beforeEach(() => {
    folder = makeFolder();
    changes = 0;
  });
  afterEach(() => {
    watcher?.close();
    folder.remove();
  });

  function onChange(): void {
    changes++;
    wake?.();
  }

  /** Does something and waits until a change is reported. */
  async function changed(act: () => void): Promise<void> {
    const reported = new Promise<void>((resolve) => (wake = resolve));
    act();
    await reported;
  }

  function start(files: readonly string[], folders: readonly string[] = []): void {
    watcher = watchFiles({ files, folders }, onChange, { intervalMs: 20, debounceMs: 10 });
  }

  const at = (name: string): string => join(folder.path, name);

  it('notices a file that is overwritten, again and again', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    await changed(() => writeFileSync(file, '2'));
    await changed(() => writeFileSync(file, '3'));
    expect(changes).to.equal(2);
  });

  it('does not wait for a pipe, and notices a large file by its size', async () => {
    const pipe = at('pipe');
    const large = folder.write('large.csv', '');
    execFileSync('mkfifo', [pipe]);
    truncateSync(large, 50_000_000);
    start([pipe, large]);
    await changed(() => truncateSync(large, 50_000_001));
    expect(changes).to.equal(1);
  });

  it('compares with what was there when its baseline was last reset', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    writeFileSync(file, '2');
    watcher?.resetBaseline();
    await changed(() => writeFileSync(file, '1'));
    expect(changes).to.equal(1);
  });

  it('notices a file that is replaced by a rename, again and again', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    for (const text of ['2', '3']) {
      await changed(() => {
        folder.write('.a.yaml.new', text);
        renameSync(at('.a.yaml.new'), file);
      });
    }
    expect(changes).to.equal(2);
  });

  it('notices a file that is deleted and made again', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    await changed(() => rmSync(file));
    await changed(() => writeFileSync(file, '1'));
  });

  it('notices a file in a folder that is deleted and made again', async () => {
    const file = folder.write('conf/a.yaml', '1');
    start([file]);
    await changed(() => rmSync(at('conf'), { recursive: true }));
    await changed(() => folder.write('conf/a.yaml', '2'));
    await changed(() => writeFileSync(file, '3'));
  });

  it('notices a file that did not exist, nor its folder', async () => {
    start([at('later/still/a.yaml')]);
    await changed(() => folder.write('later/still/a.yaml', '1'));
    await changed(() => folder.write('later/still/a.yaml', '2'));
  });

  it('notices a swapped link above the file, as Kubernetes mounts it', async () => {
    folder.write('..v1/a.yaml', '1');
    folder.write('..v2/a.yaml', '2');
    folder.write('..v3/a.yaml', '3');
    symlinkSync('..v1', at('..data'));
    symlinkSync('..data/a.yaml', at('a.yaml'));
    start([at('a.yaml')]);
    for (const version of ['..v2', '..v3']) {
      await changed(() => {
        symlinkSync(version, at('..data_tmp'));
        renameSync(at('..data_tmp'), at('..data'));
      });
    }
    await changed(() => writeFileSync(at('..v3/a.yaml'), '4'));
  });

  it('notices a new file in a folder, and one that is gone', async () => {
    mkdirSync(at('tenants'));
    start([], [at('tenants')]);
    await changed(() => folder.write('tenants/a.yaml', '1'));
    await changed(() => rmSync(at('tenants/a.yaml')));
  });

  it('notices a new file in a folder that is made later', async () => {
    start([], [at('tenants')]);
    await changed(() => folder.write('tenants/a.yaml', '1'));
    await changed(() => folder.write('tenants/b.yaml', '1'));
  });

  it('reports neither a touch, nor other files, nor those that editors leave for a moment', async () => {
    const file = folder.write('tenants/a.yaml', '1');
    start([file], [at('tenants')]);
    utimesSync(file, 1, 1);
    folder.write('other.txt', '1');
    for (const name of ['.a.yaml.swp', 'a.yaml~', '4913']) folder.write(`tenants/${name}`, '1');
    // A reported change shows that what came before it was seen and not reported.
    await changed(() => folder.write('tenants/b.yaml', '1'));
    expect(changes).to.equal(1);
  });

  it('reports several changes in a row once', async () => {
    const files = ['a', 'b', 'c'].map((name) => folder.write(name, '1'));
    start(files);
    await changed(() => files.forEach((file) => writeFileSync(file, '2')));
    await changed(() => files.forEach((file) => writeFileSync(file, '3')));
    expect(changes).to.equal(2);
  });

  it('reports a change also when the file keeps changing', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    let count = 1;
    const noise = setInterval(() => writeFileSync(file, String(++count)), 2);
    try {
      await changed(() => writeFileSync(file, '2'));
    } finally {
      clearInterval(noise);
    }
  });

  it('waits until a file is written', async () => {
    const file = folder.write('a.yaml', '1');
    watcher = watchFiles({ files: [file], folders: [] }, onChange, {
      intervalMs: 10,
      debounceMs: 100,
    });
    await changed(() => {
      writeFileSync(file, 'half');
      setTimeout(() => writeFileSync(file, 'whole'), 50);
    });
    expect(readFileSync(file, 'utf8')).to.equal('whole');
    expect(changes).to.equal(1);
  });

  it('notices a change of the same length at the same time as the one before', async () => {
    const file = folder.write('a.yaml', '1');
    const now = new Date();
    utimesSync(file, now, now);
    start([file]);
    await changed(() => {
      writeFileSync(file, '2');
      utimesSync(file, now, now);
    });
  });

  it('looks often enough when no interval is given', async () => {
    const file = folder.write('a.yaml', '1');
    watcher = watchFiles({ files: [file], folders: [] }, onChange);
    const start = performance.now();
    await changed(() => writeFileSync(file, '2'));
    expect(performance.now() - start).to.be.below(5000);
  });

  it('watches others after an update, and no longer those before', async () => {
    const [a = '', b = ''] = ['x/a', 'y/b'].map((name) => folder.write(name, '1'));
    start([a]);
    watcher?.update({ files: [b], folders: [] });
    writeFileSync(a, '2');
    await changed(() => writeFileSync(b, '2'));
    expect(changes).to.equal(1);
  });

  it('does not forget a change by an update that comes before it is reported', async () => {
    const file = folder.write('a.yaml', '1');
    start([file]);
    await changed(() => {
      writeFileSync(file, '2');
      watcher?.update({ files: [file, at('b.yaml')], folders: [] });
    });
  });

  it('is silent when closed', async () => {
    const file = folder.write('a.yaml', '1');
    const stop = watchFile(file, () => expect.fail('reported after it was stopped'), {
      intervalMs: 1,
    });
    stop();
    start([file]);
    await changed(() => writeFileSync(file, '2'));
  });
});
