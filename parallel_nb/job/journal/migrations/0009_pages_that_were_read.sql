-- Pages that were read by address, as JSON, each by what was asked of it and where.
CREATE TABLE pages(
    asked TEXT NOT NULL, url TEXT NOT NULL, read REAL NOT NULL, page BLOB NOT NULL,
    PRIMARY KEY(asked, url));
