import { hash } from 'node:crypto';
import type { PatchOperation } from '../api/artifact-release-spec.ts';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly init: boolean;
}

/** The fields of a Deployment that decisions read; everything else is dropped at the door of the cache. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Desired replicas. */
  readonly replicas: number;
  readonly currentReplicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  readonly paused: boolean;
  readonly containers: readonly Container[];
  /** Hash of the pod template with every image left out. */
  readonly templateHash: string;
  /** On a canary: revision of stable that it was made from, and the release that owns it. */
  readonly madeFrom?: string;
  readonly ownerUid?: string;
  /** Label selector of its pods, as a query parameter. */
  readonly selector: string;
}

/** Every pod is of the newest template and available: the rule of `kubectl rollout status`. */
export const isRolledOut = (workload: Workload): boolean =>
  workload.observedGeneration >= workload.generation &&
  workload.updatedReplicas === workload.replicas &&
  workload.currentReplicas === workload.updatedReplicas &&
  workload.availableReplicas === workload.updatedReplicas;

/** How far a rollout is, for people: `9 of 9 pods updated, 9 available, 1 old pod not gone yet`. */
export function rolloutText(workload: Workload): string {
  const { updatedReplicas, availableReplicas, replicas } = workload;
  if (workload.observedGeneration < workload.generation) return 'its controller has not seen the change yet';
  return `${updatedReplicas} of ${replicas} pods updated, ${availableReplicas} available${leftOver(workload, updatedReplicas)}`;
}

/** `, 1 old pod not gone yet`: those beyond the first `wanted`, which still get requests. */
export function leftOver({ currentReplicas }: Workload, wanted: number): string {
  const count = currentReplicas - wanted;
  return count > 0 ? `, ${count} old pod${count === 1 ? '' : 's'} not gone yet` : '';
}

/** At least `count` pods of the newest template are available, and no other pod is left. */
export const isServing = (canary: Workload, count: number): boolean =>
  canary.replicas === count && isRolledOut(canary);

/** 64 bits are enough to notice a change; nothing is secured by it. */
export const shortHash = (text: string): string => hash('sha256', text).slice(0, 16);

const MAX_POD_PREFIX = 58;
const CANARY = '-canary';

/**
 * `<name>-canary`. A name so long that the pods' own names would be cut is shortened, with a hash in place of
 * its end: cut names could no longer tell the pods of the canary from those of stable.
 */
export function canaryName(name: string): string {
  if (name.length + CANARY.length + 12 <= MAX_POD_PREFIX) return `${name}${CANARY}`;
  return `${name.slice(0, 28).replace(/[-.]+$/, '')}-${shortHash(name).slice(0, 8)}${CANARY}`;
}

/** Anchored regular expression of the pod names of a Deployment: `<name>-<template hash>-<5 characters>`. */
export function podNamePattern(name: string): string {
  const prefix = `${name}-`.slice(0, MAX_POD_PREFIX).replaceAll('.', '\\.');
  const cut = `${name}-`.length + 11 > MAX_POD_PREFIX;
  return cut ? `${prefix}[a-z0-9-]*[a-z0-9]{5}` : `${prefix}[a-z0-9]{1,10}-[a-z0-9]{5}`;
}

/**
 * What a canary is made from apart from the artifact itself: the template of stable, the images of its other
 * containers and the patches. When it changes, the canary is made anew.
 */
export function canaryRevision(
  stable: Workload,
  pinned: ReadonlySet<string>,
  patches: readonly PatchOperation[],
): string {
  const others = stable.containers.filter((c) => !pinned.has(c.name)).map((c) => `${c.name}=${c.image}`);
  return shortHash(JSON.stringify([stable.templateHash, others, patches]));
}

/**
 * Canary replicas for a traffic share of `weight` percent, where stable keeps all of its own replicas:
 * canary / (canary + stable) = weight / 100. Neither side is 0 as long as stable has a replica.
 */
export function canaryReplicas(stableReplicas: number, weight: number): number {
  if (stableReplicas === 0 || weight === 0) return 0;
  return Math.max(1, Math.round((stableReplicas * weight) / (100 - weight)));
}
