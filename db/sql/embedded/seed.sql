-- The eight books of ../seed, created by sa as in the replaced demo. Only for a store that has never contained a book.
INSERT INTO Books (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, CreatedBy, RequestId)
SELECT column1, column2, column3, column4, column5, column6, column7, 'sa', column8
FROM (VALUES
    ('Pride and Prejudice', 'Jane', 'Austen', 4217, 999, 'English', 'T. Egerton', '00000000-0000-4000-8000-000000000001'),
    ('Don Quijote de la Mancha', 'Miguel', 'de Cervantes', 1605, 1450, 'Spanish', 'Francisco de Robles', '00000000-0000-4000-8000-000000000002'),
    ('Les Misérables', 'Victor', 'Hugo', 2862, 1800, 'French', 'A. Lacroix, Verboeckhoven & Cie', '00000000-0000-4000-8000-000000000003'),
    ('Moby-Dick', 'Herman', 'Melville', 1851, 1125, 'English', 'Harper & Brothers', '00000000-0000-4000-8000-000000000004'),
    ('Война и мир', 'Лев', 'Толстой', 3869, 2190, 'Russian', 'Русский вестник', '00000000-0000-4000-8000-000000000005'),
    ('Frankenstein', 'Mary', 'Shelley', 1818, 750, 'English', 'Lackington, Hughes & Co.', '00000000-0000-4000-8000-000000000006'),
    ('吾輩は猫である', '漱石', '夏目', 1905, 1280, 'Japanese', '服部書店', '00000000-0000-4000-8000-000000000007'),
    ('Middlemarch', 'George', 'Eliot', 1871, 1040, 'English', 'William Blackwood and Sons', '00000000-0000-4000-8000-000000000008')
)
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'Books');
