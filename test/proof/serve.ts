import { serveJobs } from './worker.ts';

/** A process of the pool. Collecting a stack takes longer than a request; a replay shows it. */
Error.stackTraceLimit = 0;
serveJobs();
