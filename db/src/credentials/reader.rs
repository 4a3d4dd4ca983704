//! Reads fields of a file from its front to its end. Every answer is none once the file has broken off.

/// What is left of a file, and how its counts are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    left: &'a [u8],
    /// Bytes of a length or a count: 4 in a ticket cache, 2 in a keytab.
    counts: Counts,
}

/// The width of lengths and counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counts {
    Short,
    Long,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a [u8], counts: Counts) -> Self {
        Self { left: file, counts }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.left.split_first_chunk()?;
        self.left = rest;
        Some(*bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.left.split_at_checked(length)?;
        self.left = rest;
        Some(bytes)
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        match self.counts {
            Counts::Short => self.short().map(usize::from),
            Counts::Long => usize::try_from(self.long()?).ok(),
        }
    }

    /// Bytes after their length.
    pub(super) fn data(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<String> {
        self.data().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A principal of so many components, whose realm comes first: `web$@R.TEST`, `MSSQLSvc/db:1433@R.TEST`.
    pub(super) fn principal(&mut self, components: usize) -> Option<Principal> {
        let realm = self.text()?;
        // One after the other: a count that lies ends where the file does.
        let name = (0..components).map(|_| self.text()).collect::<Option<Vec<_>>>()?.join("/");
        Some(Principal { name, realm })
    }
}

/// A principal in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principal {
    pub(super) name: String,
    pub(super) realm: String,
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.realm)
    }
}
