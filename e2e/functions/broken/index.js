// Builds, and fails when it is loaded.
throw new Error('the database is not configured');
