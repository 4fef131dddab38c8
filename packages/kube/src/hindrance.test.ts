import { expect, it } from 'vitest';
import { hindranceOf, jobHindrance, refusalOf, type Job } from './hindrance.ts';

const forbidden = 'pods "openfunction-own-1-x7" is forbidden: ';

it('names the quota, what was asked for, and what is in use', () => {
  const said = `${forbidden}exceeded quota: compute, requested: limits.cpu=500m,limits.memory=256Mi, used: limits.cpu=1,limits.memory=1Gi, limited: limits.cpu=1,limits.memory=1Gi`;
  expect(hindranceOf([{ type: 'ReplicaFailure', status: 'True', message: said }])).toEqual({
    code: 'QuotaExceeded',
    message:
      'The ResourceQuota "compute" refuses an instance: it asks for limits.cpu=500m, limits.memory=256Mi, limits.cpu=1, limits.memory=1Gi are in use, and the limit is limits.cpu=1, limits.memory=1Gi. Ask for less in the resources of the template, or raise the quota.',
  });
});

it('says what a quota wants to be told', () => {
  expect(refusalOf(`${forbidden}failed quota: compute: must specify limits.cpu for: beside; limits.memory for: beside`)).toEqual({
    code: 'QuotaExceeded',
    message:
      'The ResourceQuota "compute" refuses an instance that does not say limits.cpu for: beside; limits.memory for: beside. Say it in the resources of the template.',
  });
});

it('gives any other refusal as it is', () => {
  expect(refusalOf(`${forbidden}violates PodSecurity "restricted"`)).toEqual({
    code: 'ContainerNotCreated',
    message: `The cluster refuses to make an instance: ${forbidden}violates PodSecurity "restricted". Correct what it names, or ask who runs the cluster.`,
  });
});

it('says nothing while pods are made', () => {
  expect(hindranceOf(undefined)).toBeUndefined();
  expect(hindranceOf([{ type: 'Available', status: 'False', message: 'x' }])).toBeUndefined();
  expect(hindranceOf([{ type: 'ReplicaFailure', status: 'False', message: 'x' }])).toBeUndefined();
});

it('says of a Job without a pod that a quota may be to blame', () => {
  const metadata = { name: 'b', namespace: 'shop' };
  const job = (status: Job['status']): Job => ({ apiVersion: 'batch/v1', kind: 'Job', metadata, status });
  expect(jobHindrance(job({}))).toMatchObject({
    code: 'ContainerNotCreated',
    message: expect.stringMatching(/a ResourceQuota of the namespace "shop" .* "kubectl describe job b -n shop"/) as string,
  });
  expect(jobHindrance(job({ active: 1 }))).toBeUndefined();
  expect(jobHindrance(job({ conditions: [{ type: 'Failed', status: 'True' }] }))).toBeUndefined();
  expect(jobHindrance(undefined)).toBeUndefined();
});
