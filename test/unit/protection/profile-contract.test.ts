import { describe, expect, it } from 'vitest';
import { keepTag } from '../../../src/domain/protection/keep-tag.ts';
import { profileOf, REGISTRY_PROFILES } from '../../../src/domain/protection/profiles.ts';
import { anImage, anIndex, aReferrer } from '../../support/oci-content.ts';
import { aProtectedRegistry } from '../../support/protected-registry.ts';
import {
  behave,
  PASSWORD,
  REGISTRY_BEHAVIOURS,
  type RegistryBehaviour,
} from '../../support/registry-behaviours.ts';
import type { ScriptedRegistry } from '../../support/scripted-registry.ts';

const OWNER = 'aaaa1111';
const BUILDS = 130;

const amd = anImage('checkout');
const arm = anImage('checkout for arm64');
const index = anIndex([amd.manifest, arm.manifest]);
const signature = aReferrer(index, 'signature');
const ofReferrers = anIndex([signature.manifest]);
const hyphenated = index.digest.replace(':', '-');
const MEMBERS = [amd.manifest, arm.manifest, index, signature.manifest];

const isKeepTag = (tag: string): boolean => tag.startsWith('keep.');

/** An index of two platforms under 1.42.0, with one signature, beside what builds have left behind. */
function push(registry: ScriptedRegistry, { signatures }: RegistryBehaviour): void {
  registry.put(amd.config, arm.config, signature.config, signature.layer, ...MEMBERS);
  registry.tag('1.42.0', index);
  for (let build = 0; build < BUILDS; build += 1) registry.tag(`build-${build}`, amd.manifest);
  if (signatures === 'referrers API') return;
  registry.tag(hyphenated, ofReferrers);
  if (signatures === 'legacy tag') registry.tag(`${hyphenated}.sig`, signature.manifest);
}

async function aRepository(behaviour: RegistryBehaviour) {
  const { adapter, path, user } = behaviour;
  const setup = await aProtectedRegistry({
    ...{ path, digest: index.digest, user: [user, PASSWORD], terms: { adapter } },
  });
  const { registry } = setup;
  behave(registry, behaviour);
  push(registry, behaviour);
  /** Whatever a keep tag leads to that is part of the artifact. */
  const kept = () =>
    Object.entries(registry.tags)
      .filter(([tag, digest]) => isKeepTag(tag) && MEMBERS.some((member) => member.digest === digest))
      .map(([tag]) => tag);
  return { ...setup, kept };
}

it('every profile but that of Distribution, which is proven, has a registry that behaves as documented', () => {
  const experimental = REGISTRY_PROFILES.filter(({ proven }) => !proven).map(({ adapter }) => adapter);
  expect(REGISTRY_BEHAVIOURS.map(({ adapter }) => adapter).toSorted()).toEqual(experimental.toSorted());
});

describe.each(REGISTRY_BEHAVIOURS)('$adapter', (behaviour) => {
  const { release: strategies } = profileOf('registry.example.com', behaviour.adapter);

  it('keeps an index with its platforms and its signature, once all of it is read back', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    const members = behaviour.signatures === 'referrers tag' ? 5 : 4;
    expect(setup.check()).toMatchObject({ state: 'Satisfied', reason: 'Protected', members });
    for (const { digest } of MEMBERS) expect(setup.registry.tags[keepTag(OWNER, digest)]).toBe(digest);
  });

  it('is asked for its list of tags, page by page, and for nothing else when nothing has changed', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    const pages = Math.ceil(Object.keys(setup.registry.tags).length / behaviour.tagsPerPage);
    setup.registry.received.length = 0;
    await setup.cluster.clock.advance(600_000);
    await setup.pass();
    expect(setup.registry.requests).toHaveLength(pages);
    for (const request of setup.registry.requests) expect(request).toMatch(/^GET tags\/list\?/);
  });

  it('loses what was kept, and nothing that anybody else has tagged', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    setup.registry.received.length = 0;
    await setup.leave();
    expect(setup.kept()).toEqual([]);
    expect(setup.registry.tags['1.42.0']).toBe(index.digest);
    for (const { bytes, digest } of MEMBERS) expect(setup.registry.bytesOf(digest)).toEqual(bytes);
    const deletions = setup.registry.requests.filter((request) => request.startsWith('DELETE'));
    for (const { digest } of MEMBERS) expect(deletions).not.toContain(`DELETE manifests/${digest}`);
    const ofTags = deletions.filter((request) => /^DELETE manifests\/(keep|lease)\./.test(request));
    if (!strategies.includes('DeleteTag')) expect(ofTags).toEqual([]);
    const moved = setup.registry.requests.filter((request) => request.startsWith('PUT manifests/keep.'));
    if (strategies.includes('DeleteTag')) expect(moved).toEqual([]);
    expect(setup.cluster.warnings).toEqual([]);
  });

  it('is left in peace once everything is given up', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    await setup.leave();
    setup.registry.received.length = 0;
    expect(await setup.pass()).toBeUndefined();
    expect(setup.registry.requests).toEqual([]);
  });
});

describe.each(REGISTRY_BEHAVIOURS)('$adapter, after everything was given up,', (behaviour) => {
  it('keeps the same again when it is needed again, and nothing is said to have been lost', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    await setup.leave();
    setup.cluster.restart();
    setup.comeBack();
    await setup.protect();
    expect(setup.check()).toMatchObject({ state: 'Satisfied', reason: 'Protected' });
    for (const { digest } of MEMBERS) expect(setup.registry.tags[keepTag(OWNER, digest)]).toBe(digest);
    expect(setup.cluster.lost).toEqual([]);
  });
});

describe.each(REGISTRY_BEHAVIOURS)('$adapter with a rule about tags', (behaviour) => {
  const answer = behaviour.locked('TAG');
  const words = typeof answer === 'object' ? JSON.parse(`${answer.body}`).errors[0].code : '';

  it('that lets nobody push keep tags is told in its own words, and not asked all the time', async () => {
    await using setup = await aRepository(behaviour);
    behave(setup.registry, behaviour, isKeepTag);
    await setup.pass();
    expect(setup.check()).toMatchObject({
      state: 'Refused',
      reason: 'RegistryForbidden',
      message: expect.stringContaining(words),
    });
    setup.registry.received.length = 0;
    for (let pass = 0; pass < 3; pass += 1) {
      await setup.cluster.clock.advance(1_000);
      await setup.pass();
    }
    expect(setup.registry.received.filter(({ method }) => method === 'PUT')).toEqual([]);
    behave(setup.registry, behaviour);
    await setup.cluster.clock.advance(300_000);
    await setup.protect();
    expect(setup.check()).toMatchObject({ reason: 'Protected' });
  });

  it('under which keep tags cannot be given up is told in its own words, and asked a few times an hour', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    behave(setup.registry, behaviour, isKeepTag);
    await setup.leave();
    expect(setup.kept()).toHaveLength(MEMBERS.length);
    expect(setup.cluster.warnings.join()).toContain(words);
    setup.registry.received.length = 0;
    for (let pass = 0; pass < 3; pass += 1) {
      await setup.cluster.clock.advance(600_000);
      await setup.pass();
    }
    const writes = setup.registry.received.filter(({ method }) => method === 'PUT' || method === 'DELETE');
    expect(writes.length).toBeLessThanOrEqual(12);
    expect(setup.registry.tags['1.42.0']).toBe(index.digest);
  });

  it('under which one keep tag cannot be given up gives up the others', async () => {
    await using setup = await aRepository(behaviour);
    await setup.protect();
    const locked = setup.kept().toSorted()[0] ?? '';
    behave(setup.registry, behaviour, (tag) => tag === locked);
    await setup.leave();
    expect(setup.kept()).toEqual([locked]);
    behave(setup.registry, behaviour);
    await setup.cluster.clock.advance(3_601_000);
    await setup.pass();
    expect(setup.kept()).toEqual([]);
    expect(setup.registry.tags['1.42.0']).toBe(index.digest);
  });
});
