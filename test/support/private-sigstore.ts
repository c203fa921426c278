import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { z } from 'zod';

const IN_TOTO = 'application/vnd.in-toto+json';
const ISSUER_OID = '1.3.6.1.4.1.57264.1.8';
const SHA256_OID = '2.16.840.1.101.3.4.2.1';

export interface Certificate {
  readonly issuer: string;
  readonly subject: string;
  /** Values by the last number of Fulcio's object identifiers, e.g. 13 for the commit. */
  readonly claims?: Readonly<Record<number, string>>;
}

/** What vouches for the time: an entry in Rekor 1 or 2, a stamp, or both. */
export type Witness = 'rekor1' | 'rekor2+tsa' | 'tsa' | 'rekor1+tsa' | 'nobody';

const ecKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/**
 * Whole, because the library cannot read one time in ten that is not; ahead, because the authority of timestamps is
 * valid from the instant in which it is made.
 */
const nextMinute = () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);

/** Fulcio, Rekor and a timestamp authority of `@sigstore/mock`, in this process and without a network. */
export async function privateSigstore({ clock = nextMinute(), withCtLog = true } = {}) {
  const keys = { ca: ecKeys(), ctLog: ecKeys(), log: ecKeys(), tsa: ecKeys() };
  const ctLog = await initializeCTLog(keys.ctLog, clock);
  const ca = await initializeCA(keys.ca, withCtLog ? ctLog : undefined, clock);
  const log = await initializeTLog('https://rekor.example', keys.log, clock);
  const tsa = await initializeTSA(keys.tsa, clock);
  const since = { start: '2020-01-01T00:00:00Z' };
  const base64 = (bytes: ArrayBufferView) => Buffer.from(bytes as Uint8Array).toString('base64');
  const logOf = (key: KeyObject) => {
    const der = key.export({ type: 'spki', format: 'der' });
    return {
      baseUrl: 'https://rekor.example',
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: base64(der), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: since },
      logId: { keyId: createHash('sha256').update(der).digest('base64') },
    };
  };
  const chain = (...certificates: ArrayBufferView[]) => ({
    certChain: { certificates: certificates.map((one) => ({ rawBytes: base64(one) })) },
    validFor: since,
  });
  const trustedRoot = JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(keys.log.publicKey)],
    certificateAuthorities: [chain(ca.rootCertificate)],
    ctlogs: [logOf(keys.ctLog.publicKey)],
    timestampAuthorities: [chain(tsa.intCertificate, tsa.rootCertificate)],
  });

  async function certificateFor(publicKey: KeyObject, { issuer, subject, claims = {} }: Certificate) {
    return await ca.issueCertificate({
      publicKey: publicKey.export({ type: 'spki', format: 'der' }) as Uint8Array<ArrayBuffer>,
      subjectAltName: subject,
      extensions: [
        { oid: ISSUER_OID, value: issuer },
        ...Object.entries(claims).map(([n, value]) => ({ oid: `1.3.6.1.4.1.57264.1.${n}`, value })),
      ],
    });
  }

  async function stamp(signature: Buffer): Promise<string> {
    const artifactHash = createHash('sha256').update(signature).digest();
    const request = {
      artifactHash,
      hashAlgorithmOID: SHA256_OID,
      nonce: 1,
      policyOID: '1.3.6.1.4.1.57264.2',
    };
    return base64(await tsa.timestamp(request));
  }

  return {
    clock,
    trustedRoot,
    log,
    stamp,
    certificateFor,
    /** A bundle with a certificate over a statement, as cosign 3 makes them. */
    async signKeyless(statement: object, certificate: Certificate, witness: Witness = 'rekor1') {
      const signer = ecKeys();
      const leaf = await certificateFor(signer.publicKey, certificate);
      const payload = Buffer.from(JSON.stringify(statement));
      const signature = sign('sha256', dsse.preAuthEncoding(IN_TOTO, payload), signer.privateKey);
      const verifier = pemOf(leaf);
      return await this.witnessed(
        payload,
        signature,
        { certificate: { rawBytes: base64(leaf) } },
        verifier,
        witness,
      );
    },
    /** The rest of a bundle: what vouches for the signature and its time. */
    async witnessed(
      payload: Buffer,
      signature: Buffer,
      material: object,
      verifier: string,
      witness: Witness,
    ) {
      const entries = witness.startsWith('rekor1')
        ? [await rekor1Entry(log, payload, signature, verifier)]
        : witness.startsWith('rekor2')
          ? [await rekor2Entry(log, payload, signature)]
          : [];
      const stamps = witness.endsWith('tsa') ? [{ signedTimestamp: await stamp(signature) }] : [];
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          ...material,
          tlogEntries: entries,
          timestampVerificationData: { rfc3161Timestamps: stamps },
        },
        dsseEnvelope: {
          payload: payload.toString('base64'),
          payloadType: IN_TOTO,
          signatures: [{ sig: signature.toString('base64'), keyid: '' }],
        },
      };
    },
  };
}

export type PrivateSigstore = Awaited<ReturnType<typeof privateSigstore>>;

type Log = Awaited<ReturnType<typeof initializeTLog>>;

const pemOf = (der: ArrayBufferView): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der as Uint8Array).toString('base64')}\n-----END CERTIFICATE-----\n`;

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes);

async function rekor1Entry(log: Log, payload: Buffer, signature: Buffer, verifier: string) {
  const answer = await log.log({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: { algorithm: 'sha256', value: sha256(payload).digest('hex') },
      payloadHash: { algorithm: 'sha256', value: sha256(payload).digest('hex') },
      signatures: [
        { signature: signature.toString('base64'), verifier: Buffer.from(verifier).toString('base64') },
      ],
    },
  });
  return logEntry(answer, { kind: 'dsse', version: '0.0.1' });
}

const LogEntry = z.object({
  body: z.string(),
  integratedTime: z.int(),
  logID: z.string(),
  logIndex: z.int(),
  verification: z.object({
    signedEntryTimestamp: z.string(),
    inclusionProof: z.object({
      logIndex: z.int(),
      rootHash: z.string(),
      treeSize: z.int(),
      checkpoint: z.string(),
    }),
  }),
});

/** An answer of Rekor 1 as a bundle holds it. */
export function logEntry(answer: object, kindVersion: object) {
  const [entry] = z.tuple([LogEntry]).parse(Object.values(answer));
  const { inclusionProof, signedEntryTimestamp } = entry.verification;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
    kindVersion,
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(inclusionProof.logIndex),
      rootHash: Buffer.from(inclusionProof.rootHash, 'hex').toString('base64'),
      treeSize: String(inclusionProof.treeSize),
      hashes: [],
      checkpoint: { envelope: inclusionProof.checkpoint },
    },
    canonicalizedBody: entry.body,
  };
}

/** cosign 3.1 writes a DSSE envelope into Rekor 2 as a hashedrekord over its pre-authentication encoding. */
async function rekor2Entry(log: Log, payload: Buffer, signature: Buffer) {
  const digest = sha256(dsse.preAuthEncoding(IN_TOTO, payload)).digest('base64');
  const body = {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest },
        signature: {
          content: signature.toString('base64'),
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
        },
      },
    },
  };
  const entry = await log.logV2(body as never);
  const proof = entry.inclusionProof;
  if (!proof) throw new Error('Rekor gave no proof');
  return {
    // The proof is of the first entry of a log that holds nothing else.
    logIndex: '0',
    logId: { keyId: Buffer.from(entry.logId?.keyId ?? []).toString('base64') },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    inclusionProof: {
      logIndex: '0',
      rootHash: Buffer.from(proof.rootHash.toString('base64'), 'base64').toString('base64'),
      treeSize: '1',
      hashes: [],
      checkpoint: proof.checkpoint,
    },
    canonicalizedBody: Buffer.from(entry.canonicalizedBody).toString('base64'),
  };
}

/** A bundle that a key signed, without any log: cosign with an empty signing configuration. */
export function signWithKey(
  statement: object,
  privateKey: KeyObject,
  { hash = 'sha256' as string | null, payloadType = IN_TOTO } = {},
) {
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = sign(hash, dsse.preAuthEncoding(payloadType, payload), privateKey);
  const hint = createHash('sha256')
    .update(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
    .digest('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] as object[] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64'), keyid: '' }],
    },
  };
}
