exports.probe = (req, res) => {
  res.send("never" ;
};
