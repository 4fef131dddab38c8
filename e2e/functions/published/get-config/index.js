const { readFileSync } = require('node:fs');
const path = require('node:path');

const read = (file) => readFileSync(file, 'utf8').trim();

exports.getConfig = (req, res) =>
  res.json({
    variable: process.env.GREETING,
    mounted: read('config/a.txt'),
    shipped: read(path.join(__dirname, 'application.properties')),
  });
