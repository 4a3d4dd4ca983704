//! All integration suites, in one binary so that they link once.

#[cfg(test)]
mod stand_in;
